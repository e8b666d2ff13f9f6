"""Names the arguments of an exported function, and tells which are weights and which are inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models.model import path_of
from totfjs.sources.stablehlo.artifact import Artifact

_STEP = re.compile(r"\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]|\.([A-Za-z_]\w*)|\[<flat index (\d+)>\]")
_WORD = re.compile(r"[A-Za-z_][\w]*(?=$|[\[.])")


@dataclass(frozen=True)
class Flat:
    """One array among the arguments: the name of its argument, its path in it, dtype and dims. `kept` is its place
    among the arguments of the module, or None when the module has left it out."""

    argument: str
    path: tuple[str, ...]
    dtype: str
    shape: tuple[Any, ...]
    kept: int | None

    @property
    def name(self) -> str:
        """What the input is called."""
        return ".".join((self.argument, *self.path))


def flat_arguments(artifact: Artifact) -> list[Flat]:
    """All arrays that the function takes, in their order."""
    if artifact.exported is not None:
        return _of_exported(artifact)
    program = artifact.program
    fed = [(at, each) for at, each in enumerate(program.arguments) if not each.stands_for]
    found = []
    for count, (at, argument) in enumerate(fed):
        base, path = parsed(argument.name)
        shape = tuple(f"d{count}_{axis}" if size is None else size for axis, size in enumerate(argument.type.shape))
        name = base or ("input" if len(fed) == 1 else f"input_{count}")
        found.append(Flat(name, path, argument.type.declared, shape, at))
    return _distinct(found)


def _of_exported(artifact: Artifact) -> list[Flat]:
    import jax

    exported, program = artifact.exported, artifact.program
    assert exported is not None
    ahead = len(program.arguments) - len(exported.module_kept_var_idx)
    kept = {index: ahead + at for at, index in enumerate(exported.module_kept_var_idx)}
    dummies = jax.tree.unflatten(exported.in_tree, range(len(exported.in_avals)))
    flat = jax.tree_util.tree_flatten_with_path(dummies)[0]
    bases = _bases(artifact, flat, kept)
    found = []
    for index, (keys, _) in enumerate(flat):
        aval, path = exported.in_avals[index], path_of(keys[2:])
        found.append(Flat(bases[_top(keys)], path, str(aval.dtype), tuple(aval.shape), kept.get(index)))
    return _distinct(found)


def _top(keys: Sequence[Any]) -> tuple[str, ...]:
    """Which argument a path begins with: by place or by name."""
    return path_of(tuple(keys[:2]))


def _bases(artifact: Artifact, flat: Sequence[Any], kept: dict[int, int]) -> dict[tuple[str, ...], str]:
    """The name of each argument: its keyword, what the module calls it, or a number."""
    tops = list(dict.fromkeys(_top(keys) for keys, _ in flat))
    names = {top: top[1] if top[0] == "1" else "" for top in tops}
    for index, (keys, _) in enumerate(flat):
        if index in kept and not names[_top(keys)]:
            names[_top(keys)] = parsed(artifact.program.arguments[kept[index]].name)[0]
    return {
        top: names[top] if names[top] and names[top] != "args" else ("input" if len(tops) == 1 else f"input_{number}")
        for number, top in enumerate(tops)
    }


def parsed(text: str) -> tuple[str, tuple[str, ...]]:
    """The name of an argument and a path in it, as in `params['dense'][0].w`; no name when the text is none."""
    match = _WORD.match(text)
    if match is None:
        return "", ()
    steps, at = [], match.end()
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            return "", ()
        steps.append(next(group for group in step.groups() if group is not None))
        at = step.end()
    if match[0] in ("args", "kwargs") and steps:
        return (steps[0] if match[0] == "kwargs" else f"input_{steps[0]}"), tuple(steps[1:])
    return match[0], tuple(steps)


def _distinct(found: list[Flat]) -> list[Flat]:
    names = [each.name for each in found]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SourceError(
            f"Several arguments of the module are called {', '.join(doubled)}.", remedy="Give each a name of its own."
        )
    return found


def output_tree(artifact: Artifact, values: Sequence[Any]) -> Any:
    """The results as the function gave them; those of a bare module under the paths that it names."""
    import jax

    if artifact.exported is not None:
        return jax.tree.unflatten(artifact.exported.out_tree, values)
    paths = [parsed(text) for text in artifact.program.results]
    steps = [path for base, path in paths if base == "result"]
    if len(steps) != len(values) or len(set(steps)) != len(steps):
        return values[0] if len(values) == 1 else list(values)
    if steps == [()]:
        return values[0]
    if any(path[:1] != (str(at),) or len(path) > 1 for at, path in enumerate(steps)):
        words = {path: ".".join((f"output_{path[0]}", *path[1:]) if path[0].isdigit() else path) for path in steps}
        return {words[path]: value for path, value in zip(steps, values, strict=True)}
    return list(values)
