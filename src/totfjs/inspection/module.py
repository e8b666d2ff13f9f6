"""What a StableHLO module holds: inputs, outputs, how often each operation occurs, and its constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.errors import UnsupportedError
from totfjs.inspection.values import Values, values_of
from totfjs.inspection.weight import Holder, Weight
from totfjs.sources import stablehlo
from totfjs.weights.array import Dense

if TYPE_CHECKING:
    from totfjs.sources.stablehlo.artifact import Artifact

# What ends functions and regions, and constants, of which the large ones are listed.
_SILENT = frozenset(("func.return", "stablehlo.return", "stablehlo.constant"))


@dataclass(frozen=True)
class ModuleInfo(Holder):
    """A StableHLO module: its function, inputs and outputs, how often each operation occurs, and its large constants.

    `made_by` is what wrote it: `jax.export`, with the platforms it is for, or nothing that the file names.
    """

    name: str
    made_by: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    ops: Mapping[str, int]

    def __str__(self) -> str:
        made_by = f", made by {self.made_by}" if self.made_by else ""
        lines = [f"{self.path}: StableHLO module {self.name}{made_by}"]
        lines += [f"  in   {name}: {kind}" for name, kind in self.inputs.items()]
        lines += [f"  out  {name}: {kind}" for name, kind in self.outputs.items()]
        lines.append("  ops  " + ", ".join(f"{op} {count}" for op, count in self.ops.items()))
        size = sum(weight.bytes for weight in self.weights)
        lines.append(f"  {self.parameters:,} parameters in {len(self.weights)} constants, {size:,} bytes")
        return "\n".join([*lines, *(f"    {weight}" for weight in self.weights)])


def inspect_module(path: Path, *, values: bool = False) -> ModuleInfo:
    """Describes the module in a file."""
    artifact = stablehlo.read(path)
    with artifact.program.module.context:
        ops = Counter(_named(each) for each in artifact.program.operations() if each.name not in _SILENT)
        return ModuleInfo(
            path,
            tuple(_weights(artifact, values)),
            artifact.name,
            f"jax.export for {', '.join(artifact.exported.platforms)}" if artifact.exported is not None else "",
            _told(_inputs, artifact, "input"),
            _told(_outputs, artifact, "output"),
            dict(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        )


def _named(operation: Any) -> str:
    """The name of an operation, and what it calls where this is no function of the module."""
    called = operation.attributes["call_target_name"].value if operation.name == "stablehlo.custom_call" else ""
    return f"{operation.name} @{called}" if called else str(operation.name)


def _told(described: Callable[[Artifact], Iterable[tuple[str, str]]], artifact: Artifact, word: str) -> dict[str, str]:
    """Inputs or outputs by their names; as MLIR writes them where one has a type that no web model has."""
    try:
        return dict(described(artifact))
    except UnsupportedError:
        block = artifact.program.body(artifact.program.main)
        values = block.arguments if word == "input" else list(block.operations)[-1].operation.operands
        return {f"{word}_{index}": str(value.type) for index, value in enumerate(values)}


def _inputs(artifact: Artifact) -> Iterator[tuple[str, str]]:
    from totfjs.sources.stablehlo.arguments import flat_arguments

    for flat in flat_arguments(artifact):
        sizes = ("?" if artifact.exported is None and isinstance(size, str) else str(size) for size in flat.shape)
        yield flat.name, f"{flat.dtype}[{', '.join(sizes)}]"


def _outputs(artifact: Artifact) -> Iterator[tuple[str, str]]:
    import jax

    from totfjs.sources.jax.outputs import output_names
    from totfjs.sources.stablehlo.arguments import output_tree

    if artifact.exported is not None:
        kinds = [f"{aval.dtype}[{', '.join(map(str, aval.shape))}]" for aval in artifact.exported.out_avals]
    else:
        kinds = [str(kind).replace(",", ", ") for kind in artifact.program.result_types]
    tree = output_tree(artifact, list(range(len(kinds))))
    yield from zip(output_names(tree), (kinds[place] for place in jax.tree.leaves(tree)), strict=True)


def _weights(artifact: Artifact, values: bool) -> Iterator[Weight]:
    from totfjs.sources.stablehlo.types import numpy_dtype

    for name, kind, operation in artifact.program.weights.values():
        shape = tuple(size or 0 for size in kind.shape)
        size = prod(shape) * numpy_dtype(kind.declared).itemsize
        found = _values(operation, kind) if values else None
        yield Weight(name, kind.declared, shape, size, kind.declared, values=found)


def _values(operation: Any, kind: Any) -> Values | None:
    from totfjs.sources.stablehlo.constants import constant

    return values_of(Dense(constant(operation.attributes, kind, operation.get_asm)))
