"""Writes a module into a graph that is under construction, for operands which are there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import SourceError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes.complex import Complex
from totfjs.sources.jax import _compat as jax_compat
from totfjs.sources.jax.equation import aval_of
from totfjs.sources.jax.fixed import Fixed
from totfjs.sources.jax.lower import Lowering
from totfjs.sources.jax.models.tracing import tracing
from totfjs.sources.jax.operands import apart, built, in_graph, together
from totfjs.sources.jax.problems import Problems
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.interpret import Interpreter
from totfjs.sources.stablehlo.program import Program
from totfjs.sources.stablehlo.types import Type, numpy_dtype
from totfjs.weights.narrow import Narrowing

Operand = Tensor | Complex | np.ndarray


@dataclass(frozen=True)
class Inlining:
    """Where a module is written: the graph, the scope of its nodes, and who is told what the user should know."""

    builder: Builder
    scope: str
    note: Callable[[str], None]

    def run(self, program: Program, operands: Sequence[Operand], shapes: Sequence[Shape]) -> list[Operand]:
        """The results of a module for operands of these shapes; raises UnsupportedError that lists all problems."""
        import jax

        given = [
            operand.astype(numpy_dtype(argument.type.dtype)) if isinstance(operand, np.ndarray) else operand
            for operand, argument in zip(operands, program.arguments, strict=True)
        ]
        interpreter = Interpreter(program)
        with program.module.context, tracing(program.label):
            structs = _structs([argument.type for argument in program.arguments], shapes)
            closed = jax.make_jaxpr(lambda *values: interpreter.run(values))(*structs)
        for note in interpreter.notes:
            self.note(note)
        return self._lowered(jax_compat.without_references(jax_compat.without_the_unused(closed)), given)

    def _lowered(self, closed: Any, operands: Sequence[Operand]) -> list[Operand]:
        lowering = Lowering(self.builder, self.scope, self._report, Problems(self.builder))
        for operand in operands:
            if isinstance(operand, Tensor) and operand.array is not None:
                lowering.fix(operand, Fixed("", operand.array.numpy))
        captured = [lowering.captured(index, value) for index, value in enumerate(closed.consts)]
        results = lowering.block(closed.jaxpr, captured, operands, self.scope)
        lowering.problems.raise_all()
        avals = [aval_of(variable.aval) for variable in closed.jaxpr.outvars]
        tensors = [in_graph(self.builder, *pair) for pair in zip(results, avals, strict=True)]
        whole = together(self.builder, [lowering.whole(*pair) for pair in apart(tensors, avals)], avals)
        return [found if built(known) else np.asarray(known) for known, found in zip(results, whole, strict=True)]

    def _report(self, narrowing: Narrowing) -> None:
        self.note(str(narrowing))


def read_module(content: bytes, label: str) -> Program:
    """A module in a portable artifact; `label` is what to call it in messages."""
    module, wrong = _compat.parse(content)
    if module is None:
        raise SourceError(
            f"{label} holds no StableHLO module that can be read: {wrong.strip().removesuffix('.')}.",
            remedy="Export the function again, with a version of JAX that is not newer than the one installed here.",
        )
    return Program(module, label)


def _structs(types: Sequence[Type], shapes: Sequence[Shape]) -> list[Any]:
    """Abstract values of JAX; dims that only the page knows are symbols of one scope."""
    import jax
    from jax import export

    scope = export.SymbolicScope()
    return [
        jax.ShapeDtypeStruct(
            tuple(
                size if isinstance(size, int) else export.symbolic_shape(str(size), scope=scope)[0] for size in shape
            ),
            numpy_dtype(kind.dtype),
        )
        for kind, shape in zip(types, shapes, strict=True)
    ]
