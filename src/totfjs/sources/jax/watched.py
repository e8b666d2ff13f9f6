"""Runs a jaxpr in JAX, equation by equation, beside its lowering: which equation does the graph get wrong?

Jaxprs that are inlined (jit, remat, custom rules) are gone through; loops and branches are one equation each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.ops import BACKENDS
from totfjs.sources.intermediates import Intermediate, Intermediates
from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import aval_of
from totfjs.sources.jax.inputs import abstract, filled, mapped
from totfjs.sources.jax.inputs import leaves as leaves_of
from totfjs.sources.jax.lower import Lowering
from totfjs.sources.jax.operands import Operand, apart
from totfjs.sources.jax.problems import Problems
from totfjs.sources.jax.trace import trace

if TYPE_CHECKING:
    from totfjs.sources.jax.source import Source

# An equation within those that inlined it: the same jaxpr may be called twice.
Path = tuple[int, ...]


@dataclass
class Watching(Lowering):
    """A lowering that keeps what it made of each equation."""

    made: dict[Path, tuple[Any, Sequence[Operand]]] = field(default_factory=dict)
    path: Path = ()

    def equation(self, equation: Any, operands: list[Operand], outer: str) -> Sequence[Operand]:
        """As always; the equation is kept with its results, or its number would be given to another one."""
        before, self.path = self.path, (*self.path, id(equation))
        try:
            results = super().equation(equation, operands, outer)
            self.made.setdefault(self.path, (equation, results))
            return results
        finally:
            self.path = before


def watched(source: Source, inputs: Mapping[str, np.ndarray]) -> Intermediates:
    """The equations of a model for these inputs, whose sizes are those of the dynamic dims."""
    import jax

    trees = list(source.trees.values())
    with _compat.thirty_two_bits(), jax.default_device(jax.devices("cpu")[0]):
        given = filled(trees, inputs)
        arrays = iter(jax.tree.leaves(given))
        sized = [mapped(lambda leaf: replace(leaf, shape=np.shape(next(arrays)), limits=()), tree) for tree in trees]
        traced = trace(source.model, source.parts, abstract(sized))
        closed = _compat.without_references(traced.jaxpr)
        builder = Builder(BACKENDS)
        lowering = Watching(builder, source.model.name, source.narrowings.append, Problems(builder))
        lowering.run(closed, traced.weights, [leaf for tree in sized for leaf in leaves_of(tree)])
        weights = [weight.leaf for weight in traced.weights]
        steps = list(_steps(lowering, closed, [*weights, *jax.tree.leaves(given)]))
    outputs = {str(step.value): Tensor(builder, step.value, builder.tensor(step.value).type) for step in steps}
    return Intermediates(builder.build(outputs), steps)


def _steps(lowering: Watching, closed: Any, operands: Sequence[Any]) -> Iterator[Intermediate]:
    for path, results in _run(closed, operands, ()):
        equation, made = lowering.made.get(path, (None, ()))
        if equation is None:
            continue
        avals = [aval_of(variable.aval) for variable in equation.outvars]
        pairs = zip(made, avals, results, strict=True)
        for operand, aval, result in pairs:
            if _compat.is_key(result):
                continue
            whole = np.asarray(result)
            parts = (whole.real, whole.imag) if aval.complex else (whole,)
            for (tensor, _), part in zip(apart([operand], [aval]), parts, strict=True):
                if isinstance(tensor, Tensor):
                    yield Intermediate(equation.primitive.name, _compat.place_of(equation), tensor.value, part)


def _run(closed: Any, operands: Sequence[Any], path: Path) -> Iterator[tuple[Path, Sequence[Any]]]:
    """What each equation gives, after those inside of it; the last of them is the jaxpr itself, without a path."""
    jaxpr = closed.jaxpr
    values: dict[Any, Any] = dict(zip(jaxpr.constvars, closed.consts, strict=True))
    values.update(zip(jaxpr.invars, operands, strict=True))

    def read(atom: Any) -> Any:
        return atom.val if _compat.is_literal(atom) else values[atom]

    for equation in jaxpr.eqns:
        own, given = (*path, id(equation)), [read(atom) for atom in equation.invars]
        inner = _compat.inner_jaxpr(equation.primitive.name, equation.params)
        if inner is None:
            results: Sequence[Any] = _compat.bind(equation, given)
        else:
            results = ()
            for found, results in _run(inner, given[len(given) - len(inner.jaxpr.invars) :], own):
                if found != own:
                    yield found, results
        yield own, results
        values.update(zip(equation.outvars, results, strict=True))
    yield path, [read(atom) for atom in jaxpr.outvars]
