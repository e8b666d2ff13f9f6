"""What tfjs-layers makes of the order of layers and calls, which decides what goes where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totfjs.sources.keras.browser.flow import Source
    from totfjs.sources.keras.browser.sketch import Drawn, Sketch


def is_kept(sketch: Sketch) -> bool:
    """Whether the calls of each layer keep their order when tfjs-layers makes them as their inputs become ready."""
    if all(len(drawn.nodes) < 2 for drawn in sketch.layers.values()):
        return True
    made = {
        name: int(drawn.inner is not None and not drawn.config.get("layer")) for name, drawn in sketch.layers.items()
    }
    waiting = {name: [node for node in drawn.nodes if node] for name, drawn in sketch.layers.items()}
    made |= {name: 1 for name, drawn in sketch.layers.items() if drawn.kind == "InputLayer"}
    while any(waiting.values()):
        moved = False
        for name, nodes in waiting.items():
            left = []
            for node in nodes:
                if not all(made[source.layer] > source.node for source in node):
                    left.append(node)
                elif left:
                    return False
                else:
                    made[name] += 1
                    moved = True
            waiting[name] = left
        if not moved:
            return False
    return True


def in_depth(sketch: Sketch) -> list[Drawn]:
    """The layers in the order in which tfjs-layers holds them: by depth, then as the outputs reach them."""
    if sketch.kind == "Sequential":
        return list(sketch.layers.values())
    nodes = list(_finished(sketch))
    seen: dict[str, int] = {}
    depths: dict[tuple[str, int], int] = {}
    deepest: dict[str, int] = {}
    for name, node in reversed(nodes):
        depth = max(depths.setdefault((name, node), 0), deepest.get(name, 0))
        depths[name, node] = deepest[name] = depth
        for source in _inputs(sketch, name, node):
            depths[source[:2]] = max(depth + 1, depths.get(source[:2], 0))
    for name in _reached(sketch):
        seen.setdefault(name, len(seen))
    return [sketch.layers[name] for name in sorted(deepest, key=lambda name: (-deepest[name], seen[name]))]


def _inputs(sketch: Sketch, name: str, node: int) -> list[Source]:
    drawn = sketch.layers[name]
    first = int(drawn.inner is not None and not drawn.config.get("layer"))
    return drawn.nodes[node - first]


def _walk(sketch: Sketch) -> Iterator[tuple[str, int, bool]]:
    """The calls that the outputs need, before and after those that they read."""
    done: set[tuple[str, int]] = set()
    stack = [(source.layer, source.node, False) for source in reversed(sketch.outputs)]
    while stack:
        name, node, after = stack.pop()
        if after:
            yield name, node, True
        elif (name, node) not in done:
            done.add((name, node))
            yield name, node, False
            stack.append((name, node, True))
            inputs = reversed(_inputs(sketch, name, node))
            stack += [(source.layer, source.node, False) for source in inputs]


def _finished(sketch: Sketch) -> Iterator[tuple[str, int]]:
    return ((name, node) for name, node, after in _walk(sketch) if after)


def _reached(sketch: Sketch) -> Iterator[str]:
    return (name for name, _, after in _walk(sketch) if not after)
