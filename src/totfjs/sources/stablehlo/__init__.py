"""StableHLO modules and artifacts of `jax.export`: no code of the user's is needed.

The module is run operation by operation with `jax.lax` while JAX traces; what comes of it is lowered as any JAX model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from totfjs.errors import MissingDependencyError, SourceError, WeightsMismatchError
from totfjs.sources.stablehlo.recognise import is_artifact

if TYPE_CHECKING:
    from totfjs.sources.stablehlo.arguments import Flat
    from totfjs.sources.stablehlo.artifact import Artifact
    from totfjs.sources.stablehlo.source import ModuleSource


def load(
    source: Any, *, inputs: Mapping[str, Any] | None = None, weights: Any = None, outputs: Sequence[str] | None = None
) -> ModuleSource:
    """A module, traced and ready to lower.

    `weights` stand for the first argument of the function. `inputs` give names and dims to the other arguments, in
    their order; without them they are as they were exported.
    """
    artifact = read(source)
    from totfjs.sources.stablehlo.arguments import flat_arguments

    with artifact.program.module.context:
        return _loaded(artifact, flat_arguments(artifact), inputs, weights, outputs)


def read(source: Any) -> Artifact:
    """The module in a file or an object, as it is."""
    try:
        import jax  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "Reading StableHLO needs jaxlib, which is not installed.", remedy="Run `pip install 'totfjs[jax]'`."
        ) from error
    from totfjs.sources.stablehlo.artifact import read_artifact

    return read_artifact(source)


def _loaded(
    artifact: Artifact, flats: Sequence[Flat], inputs: Mapping[str, Any] | None, weights: Any, outputs: Any
) -> ModuleSource:
    from totfjs.sources.jax.models.model import Model
    from totfjs.sources.jax.outputs import output_names, select
    from totfjs.sources.jax.trace import split, trace
    from totfjs.sources.stablehlo.arguments import output_tree
    from totfjs.sources.stablehlo.binding import bind
    from totfjs.sources.stablehlo.interpret import Interpreter
    from totfjs.sources.stablehlo.source import ModuleSource

    program = artifact.program
    given = {} if weights is None else _given(flats, weights)
    fed = [index for index in range(len(flats)) if index not in given]
    bound = bind([flats[index] for index in fed], inputs)
    constants = _constants(artifact)
    leaves = dict(constants.values())
    leaves |= {"/".join((flats[index].argument, *flats[index].path)): leaf for index, leaf in given.items()}
    keys = {name: key for key, (name, _) in constants.items()}
    said: list[str] = _said(artifact)
    platform = _platform(artifact)

    def call(values: Mapping[str, Any], *arrays: Any) -> Any:
        interpreter = Interpreter(program, {keys[name]: value for name, value in values.items() if name in keys})
        placed = dict(zip(fed, arrays, strict=True))
        placed |= {index: values["/".join((flats[index].argument, *flats[index].path))] for index in given}
        kept = {flat.kept: placed[index] for index, flat in enumerate(flats) if flat.kept is not None}
        operands = [kept.get(at, platform) for at in range(len(program.arguments))]
        results = interpreter.run(operands)
        said.extend(note for note in interpreter.notes if note not in said)
        return output_tree(artifact, results)

    model = Model(call, leaves, _plain(artifact.name), (), lambda path: path[0])
    parts = split(model)
    traced = trace(model, parts, bound.structs)
    chosen = select(output_names(traced.outputs), traced.order, outputs)
    trees = {leaf.name: leaf for leaf in bound.leaves}
    return ModuleSource(
        model, parts, traced, trees, bound.leaves, chosen, artifact=artifact, flats=flats, given=given, said=said
    )


def _given(flats: Sequence[Flat], weights: Any) -> dict[int, Any]:
    """The weights for the arrays of the first argument, by their places."""
    from totfjs.sources.jax.models.fit import fit, paths
    from totfjs.sources.jax.models.model import path_of

    if not flats:
        raise WeightsMismatchError("The exported function takes no arguments.", remedy="Leave the weights out.")
    first = flats[0].argument
    wanted = {flat.path: index for index, flat in enumerate(flats) if flat.argument == first}
    found = paths(weights)
    if set(found) != set(wanted):
        import jax

        flat = jax.tree_util.tree_flatten_with_path(weights)[0]
        found = {path_of(path): leaf for path, leaf in flat} if len(flat) == len(wanted) else found
    if set(found) != set(wanted) and {path[:1] for path in found} == {("params",)}:
        found = {path[1:]: leaf for path, leaf in found.items()}
    fitted = fit({path: flats[index] for path, index in wanted.items()}, found, f"the argument {first!r}")
    return {wanted[path]: leaf for path, leaf in fitted.items()}


def _constants(artifact: Artifact) -> dict[Any, tuple[str, Any]]:
    """The arrays that the module holds itself: name and array by key. What cannot be read is met again in its place."""
    from totfjs.graph.ops import OpError
    from totfjs.sources.stablehlo.constants import constant

    found = {}
    for key, (name, kind, operation) in artifact.program.weights.items():
        try:
            found[key] = name, constant(operation.attributes, kind, operation.get_asm)
        except OpError:
            continue
    return found


def _platform(artifact: Artifact) -> Any:
    """The number of the platform for which a module of several is converted: the CPU, or else the first."""
    import numpy as np

    platforms = list(getattr(artifact.exported, "platforms", ()))
    return np.asarray(platforms.index("cpu") if "cpu" in platforms else 0, np.int32)


def _said(artifact: Artifact) -> list[str]:
    """What there is to say about a module as it stands."""
    unknown = [each.stands_for for each in artifact.program.arguments if each.stands_for]
    if any(name != "_platform_index" for name in unknown):
        raise SourceError(
            f"{artifact.program.label} takes sizes ({', '.join(unknown)}) as arguments.",
            remedy="Give the module as jax.export writes it, or the Exported object.",
        )
    wide = sorted({kind.declared for kind in _kinds(artifact) if kind.wide})
    notes = [f"The module computes {', '.join(wide)}; the model does so in 32 bits."] if wide else []
    if unknown and artifact.exported is None:
        notes.append("The module is for several platforms: it is converted as for the first.")
    return notes


def _kinds(artifact: Artifact) -> Any:
    """The types of all values in a module, as far as they are known."""
    from totfjs.graph.ops import OpError
    from totfjs.sources.stablehlo.types import type_of

    seen = set()
    for operation in artifact.program.operations():
        for result in operation.results:
            text = str(result.type)
            if text not in seen:
                seen.add(text)
                try:
                    yield type_of(result.type)
                except OpError:
                    continue


def _plain(name: str) -> str:
    """A function's name, unless it has none."""
    return "" if name.startswith(("<", "_")) else name


__all__ = ["is_artifact", "load", "read"]
