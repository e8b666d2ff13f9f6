"""Frames of TensorFlow 1 (Switch, Merge, Enter, Exit, NextIteration) as loops and branches with bodies of their own.

A loop is what one frame name holds. A branch is what a Merge needs of the sides of one Switch: each node has guards,
the conditions and sides under which it runs, and a Merge joins inputs whose guards differ in the side of one.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.program import Argument, Body, Node, Ref
from totfjs.weights.array import Dense

# A condition, and the output of its Switch on which something runs.
Guard: TypeAlias = "tuple[Ref, int]"
Guards: TypeAlias = frozenset[Guard]

_NONE: Guards = frozenset()
_OUTPUTS = {"Switch": ("output_false", "output_true"), "Merge": ("output", "value_index")}


def functional(body: Body) -> Body:
    """A body without frames; the same one if it has none."""
    needed = _needed(body)
    if not any(_kind(node) in ("Merge", "Switch", "Enter") for node in needed.values()):
        return body
    return _Rewriting(body, needed).rewritten()


def _kind(node: Node | None) -> str:
    """The op of a node, without what says that it passes references on."""
    op = "" if node is None else node.op
    return op.removeprefix("Ref") if op[3:] in ("Switch", "Merge", "Enter", "Exit", "NextIteration") else op


def _needed(body: Body) -> dict[str, Node]:
    """The nodes that the results need, whose inputs are all numbered; also those that only order them."""
    found: dict[str, Node] = {}
    waiting = [ref.node for ref in body.results.values()]
    while waiting:
        name = waiting.pop()
        node = body.nodes.get(name)
        if node is None or name in found:
            continue
        inputs = tuple(_numbered(body.nodes, ref) for ref in node.inputs)
        found[name] = node if inputs == node.inputs else replace(node, inputs=inputs)
        waiting += [*(ref.node for ref in node.inputs), *node.controls]
    return found


def _numbered(nodes: Mapping[str, Node], ref: Ref) -> Ref:
    """A reference to an output by its name and number as one by its number alone."""
    if not ref.output:
        return ref
    from totfjs.sources.tensorflow.ops import table

    node = nodes.get(ref.node)
    row = table().get(node.op) if node is not None else None
    names = _OUTPUTS.get(_kind(node)) or (row.outputs if row is not None else ())
    place = names.index(ref.output) if len(names) > 1 and ref.output in names else 0
    return Ref(ref.node, "", ref.place + place)


@dataclass
class _Group:
    """The Merges that one branch gives: those of one condition, none of which needs another."""

    condition: Ref
    sides: int
    base: Guards
    merges: list[Node] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)
    needs: int = 0


class _Rewriting:
    """Turns frames into bodies, the loops first, then the branches from the innermost on."""

    def __init__(self, body: Body, needed: dict[str, Node]) -> None:
        self.body, self.before = body, needed
        self.nodes: dict[str, Node] = dict(needed)
        self.guards: dict[str, Guards] = {}
        self.groups: list[_Group] = []

    def rewritten(self) -> Body:
        """The body without frames."""
        self._find_guards()
        for name in dict.fromkeys(filter(None, map(self._frame, self.before.values()))):
            self._loop(name)
        for number in sorted(range(len(self.groups)), key=lambda each: -len(self.groups[each].base)):
            self._branch(number)
        results = {name: _numbered(self.body.nodes, ref) for name, ref in self.body.results.items()}
        return replace(self.body, nodes=self.nodes, results=results)

    # --- loops ----------------------------------------------------------------------------------------------------

    def _frame(self, node: Node) -> str:
        """The frame that a node enters."""
        if _kind(node) != "Enter":
            return ""
        name = node.attrs["frame_name"]
        return name.decode() if isinstance(name, bytes) else str(name)

    def _head(self, node: Node) -> tuple[Ref, Ref] | None:
        """What enters and what closes the loop at a Merge; None for the Merge of a branch."""
        if _kind(node) != "Merge" or len(node.inputs) != 2:
            return None
        first, second = node.inputs
        if _kind(self.before.get(second.node)) == "NextIteration":
            return first, second
        if _kind(self.before.get(first.node)) == "NextIteration":
            return second, first
        return None

    def _loop(self, frame: str) -> None:
        enters = {name: node for name, node in self.before.items() if self._frame(node) == frame}
        heads = {}
        for node in self.before.values():
            ends = self._head(node)
            if ends is not None and ends[0].node in enters:
                heads[node.name] = ends
        if not heads:
            return
        switches = [node for node in self.before.values() if _kind(node) == "Switch" and node.inputs[0].node in heads]
        running = {self._passed(switch.inputs[1]).node for switch in switches}
        if len(running) != 1 or self.before[next(iter(running))].op != "LoopCond":
            raise OpError(f"the loop {frame} has more than one condition, or none")
        (condition,) = running
        entering = {ends[0].node for ends in heads.values()}
        outside = [name for name in enters if name not in entering]
        places = [*heads, *outside]
        arguments = tuple(Argument(f"{frame}:{at}", "") for at in range(len(places)))
        given = {name: _identity(self.before[name], Ref(f"{frame}:{at}")) for at, name in enumerate(places)}
        for switch in switches:
            own = given[switch.inputs[0].node].inputs[0]
            given[switch.name] = replace(switch, op="IdentityN", inputs=(own, own), controls=(), attrs={})
        given[condition] = _constant(condition, np.array(True))
        kept = {str(at): Ref(f"{frame}:{at}") for at in range(len(heads), len(places))}
        after = {str(at): self.before[ends[1].node].inputs[0] for at, ends in enumerate(heads.values())}
        inside = ChainMap(given, self.nodes)
        test = Body(self.body.name, inside, arguments, {"0": self.before[condition].inputs[0]})
        turn = Body(self.body.name, inside, arguments, {**after, **kept})
        starts = (*(self.before[ends[0].node] for ends in heads.values()), *(enters[name] for name in outside))
        name = self._fresh(f"{frame}/loop")
        origin = next(iter(heads))
        self._add(
            Node(name, "While", tuple(node.inputs[0] for node in starts), (), {"cond": test, "body": turn}, (origin,))
        )
        self.guards[name] = frozenset().union(*(self.guards[node.name] for node in starts))
        for at, head in enumerate(heads):
            for switch in (switch for switch in switches if switch.inputs[0].node == head):
                for node in self._readers(switch.name, "Exit"):
                    self._add(_identity(node, Ref(name, "", at)))

    def _readers(self, name: str, kind: str) -> list[Node]:
        return [node for node in self.before.values() if _kind(node) == kind and node.inputs[0].node == name]

    def _passed(self, ref: Ref) -> Ref:
        """Where a value that is only passed on comes from."""
        while (node := self.before.get(ref.node)) is not None and _kind(node) == "Identity":
            ref = node.inputs[0]
        return ref

    # --- guards ---------------------------------------------------------------------------------------------------

    def _find_guards(self) -> None:
        """The guards of every node, and the groups of Merges that are branches."""
        needs: dict[str, int] = {}
        for node in self._in_order():
            sources = [ref.node for ref in self._sources(node)]
            mask = 0
            for name in (*sources, *node.controls):
                mask |= needs.get(name, 0)
            if _kind(node) == "Merge" and self._head(node) is None:
                self.guards[node.name], mask = self._merged(node, mask)
            else:
                around = [self._guards_of(ref) for ref in self._sources(node)]
                ordered = [self.guards.get(name, _NONE) | self._pivot(name) for name in node.controls]
                self.guards[node.name] = _NONE.union(*around, *ordered)
            needs[node.name] = mask

    def _pivot(self, name: str) -> Guards:
        """A control edge from a Switch says nothing of its side."""
        return _NONE

    def _sources(self, node: Node) -> tuple[Ref, ...]:
        """What a node waits for: of a loop's head what enters."""
        ends = self._head(node)
        return node.inputs if ends is None else ends[:1]

    def _guards_of(self, ref: Ref) -> Guards:
        """The guards of one output of a node."""
        node, around = self.before.get(ref.node), self.guards.get(ref.node, _NONE)
        condition = self._condition(node)
        return around if condition is None else around | {(condition, ref.place)}

    def _condition(self, node: Node | None) -> Ref | None:
        """The condition of a Switch that is part of a branch."""
        if node is None or (_kind(node) != "Switch" and node.op != "_SwitchN"):
            return None
        found = self._passed(node.inputs[1])
        return None if _kind(self.before.get(found.node)) == "LoopCond" else found

    def _merged(self, node: Node, mask: int) -> tuple[Guards, int]:
        """The guards of a Merge of branches, which joins a group or begins one."""
        options = [self._guards_of(ref) for ref in node.inputs]
        joined = _joined(options)
        if joined is None:
            return frozenset.intersection(*options), mask
        condition, sides = joined
        others = [frozenset(guard for guard in each if guard[0] != condition) for each in options]
        base = frozenset.intersection(*others)
        order = [sides.index(side) for side in range(len(sides))]
        for number, group in enumerate(self.groups):
            alike = (group.condition, group.sides, group.base) == (condition, len(sides), base)
            if alike and not self._leads_to(mask, number):
                group.merges.append(node)
                group.order.append(order)
                group.needs |= mask
                return base, mask | 1 << number
        self.groups.append(_Group(condition, len(sides), base, [node], [order], mask))
        return base, mask | 1 << (len(self.groups) - 1)

    def _leads_to(self, mask: int, number: int) -> bool:
        """Whether what needs some groups needs, by way of these, the given one."""
        seen = 0
        while mask & ~seen:
            fresh = mask & ~seen
            seen |= fresh
            for each in _bits(fresh):
                mask |= self.groups[each].needs
        return bool(seen >> number & 1)

    def _in_order(self) -> Iterator[Node]:
        """All nodes, each after those that it waits for."""
        done: set[str] = set()
        stack = [(name, False) for name in reversed(self.before)]
        open_: set[str] = set()
        while stack:
            name, ready = stack.pop()
            if name in done or name not in self.before or (not ready and name in open_):
                continue
            node = self.before[name]
            if ready:
                done.add(name)
                yield node
                continue
            open_.add(name)
            stack.append((name, True))
            stack += [(each, False) for each in (*(ref.node for ref in self._sources(node)), *node.controls)]

    # --- branches -------------------------------------------------------------------------------------------------

    def _branch(self, number: int) -> None:
        group = self.groups[number]
        name = self._fresh(f"{group.merges[0].name}/branch")
        reads: dict[Ref, Ref] = {}
        bodies = tuple(self._side(group, side, name, reads) for side in range(group.sides))
        arguments = tuple(Argument(each.node, "") for each in reads.values())
        bodies = tuple(replace(body, arguments=arguments) for body in bodies)
        inputs = (group.condition, *reads)
        origin = (group.merges[0].name,)
        if group.sides == 2 and self._of_two(group):
            self._add(Node(name, "If", inputs, (), {"then_branch": bodies[1], "else_branch": bodies[0]}, origin))
        else:
            self._add(Node(name, "Case", inputs, (), {"branches": bodies}, origin))
        self.guards[name] = group.base
        count = len(group.merges)
        for at, node in enumerate(group.merges):
            self._add(
                replace(
                    _identity(node, Ref(name, "", at)),
                    op="IdentityN",
                    inputs=(Ref(name, "", at), Ref(name, "", count + at)),
                )
            )

    def _of_two(self, group: _Group) -> bool:
        """Whether the condition is one of Switch, not the number of a branch."""
        ops = {node.op for node in self.before.values() if self._condition(node) == group.condition}
        return "_SwitchN" not in ops

    def _side(self, group: _Group, side: int, name: str, reads: dict[Ref, Ref]) -> Body:
        """One side of a branch: what its results need, up to the Switches and what is outside."""
        given: dict[str, Node] = {}
        results: dict[str, Ref] = {}
        for at, (node, order) in enumerate(zip(group.merges, group.order, strict=True)):
            results[str(at)] = node.inputs[order[side]]
            number = f"{name}:index:{side}:{at}"
            given[number] = _constant(number, np.array(order[side], np.int32))
        for at in range(len(group.merges)):
            results[str(len(group.merges) + at)] = Ref(f"{name}:index:{side}:{at}")
        outer: dict[str, dict[int, Ref]] = {}
        waiting, seen = [ref for ref in results.values() if ref.node not in given], set[Ref]()
        while waiting:
            ref = waiting.pop()
            source = self.nodes.get(ref.node)
            if ref in seen:
                continue
            seen.add(ref)
            if source is not None and self._condition(self.before.get(ref.node)) == group.condition:
                own = self._argument(name, reads, source.inputs[0])
                given[ref.node] = replace(source, op="IdentityN", inputs=(own,) * group.sides, controls=(), attrs={})
            elif source is None or (source.inputs and (group.condition, side) not in self.guards.get(ref.node, _NONE)):
                outer.setdefault(ref.node, {})[ref.place] = self._argument(name, reads, ref)
            else:
                waiting += source.inputs
        for each, places in outer.items():
            filler = next(iter(places.values()))
            inputs = tuple(places.get(at, filler) for at in range(max(places) + 1))
            given[each] = Node(each, "IdentityN", inputs)
        return Body(self.body.name, ChainMap(given, self.nodes), (), results)

    def _argument(self, name: str, reads: dict[Ref, Ref], ref: Ref) -> Ref:
        """The argument of the bodies that stands for a value outside of them."""
        return reads.setdefault(ref, Ref(f"{name}:{len(reads)}"))

    # --- nodes ----------------------------------------------------------------------------------------------------

    def _add(self, node: Node) -> None:
        self.nodes[node.name] = node

    def _fresh(self, name: str) -> str:
        while name in self.nodes:
            name += "_"
        return name


def _joined(options: list[Guards]) -> tuple[Ref, list[int]] | None:
    """The condition in whose side the guards differ, each from all others, and these sides."""
    for condition in dict.fromkeys(condition for condition, _ in options[0]):
        sides = [[side for found, side in guards if found == condition] for guards in options]
        numbers = [each[0] for each in sides if len(each) == 1]
        if len(numbers) == len(options) and sorted(numbers) == list(range(len(numbers))):
            return condition, numbers
    return None


def _bits(mask: int) -> Iterable[int]:
    number = 0
    while mask:
        if mask & 1:
            yield number
        mask, number = mask >> 1, number + 1


def _identity(node: Node, ref: Ref) -> Node:
    """A node that passes a value on, in the place of another."""
    return Node(node.name, "Identity", (ref,), (), {}, (node.name, *node.origin))


def _constant(name: str, value: Any) -> Node:
    return Node(name, "Const", (), (), {"value": Dense(value), "dtype": value.dtype.name})
