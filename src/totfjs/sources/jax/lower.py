"""Lowers a jaxpr: one loop over its equations, a table of rules for the primitives, one error for all that has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from totfjs.errors import TotfjsError, UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.edit import prune
from totfjs.graph.graph import Graph, Origin, Value
from totfjs.graph.ops import Backend, OpError
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.jax import _compat
from totfjs.sources.jax.applied import applied
from totfjs.sources.jax.dtypes import PARTS, canonical, fed_names
from totfjs.sources.jax.equation import Aval, Equation, aval_of
from totfjs.sources.jax.fixed import Fixed, array_of, computed, held, parts
from totfjs.sources.jax.fold import empty, foldable, folded, known_tensor
from totfjs.sources.jax.guard import check_integers
from totfjs.sources.jax.inputs import Leaf
from totfjs.sources.jax.keys import moved, moves_keys
from totfjs.sources.jax.operands import Operand, apart, built, in_graph, together, values_of
from totfjs.sources.jax.primitives import complexes, rules
from totfjs.sources.jax.primitives.complexes.decompositions import decomposed
from totfjs.sources.jax.problems import Problems
from totfjs.sources.jax.structure import STRUCTURES
from totfjs.sources.jax.trace import Traced, Weight
from totfjs.weights.array import Array
from totfjs.weights.narrow import Narrowing, narrow

# Arrays up to this size that the function captured are known while lowering; larger ones are weights.
SMALL = 256


def lower(
    traced: Traced,
    leaves: Sequence[Leaf],
    outputs: Mapping[str, int],
    backends: Sequence[Backend],
    name: str,
    report: Callable[[Narrowing], None],
) -> Graph:
    """The graph of a traced model; raises UnsupportedError that lists everything which cannot be lowered."""
    builder = Builder(tuple(backends))
    lowering = Lowering(builder, name, report, Problems(builder))
    closed = _compat.without_references(traced.jaxpr)
    results = lowering.run(closed, traced.weights, leaves)
    tensors: dict[str, Tensor] = {}
    for output, index in outputs.items():
        aval = aval_of(closed.jaxpr.outvars[index].aval)
        whole = [lowering.whole(*pair) for pair in apart([results[index]], [aval])]
        tensors.update(zip(fed_names(output, aval.dtype), whole, strict=True))
    return prune(builder.build(tensors))


@dataclass
class Lowering:
    """The state of the loop: the graph under construction and the problems met so far.

    `fixed` are the operands that depend on weights alone, by their values, and how to compute them. `anchor` is a value
    of the turn of the loop, or of the branch, that is being lowered; `place` is the user's line of the equation around
    it.
    """

    builder: Builder
    name: str
    report: Callable[[Narrowing], None]
    problems: Problems
    fixed: dict[tuple[Value, ...], Fixed] = field(default_factory=dict)
    anchor: Tensor | None = None
    place: str = ""

    def run(self, closed: Any, weights: Sequence[Weight], leaves: Sequence[Leaf]) -> list[Operand]:
        """The results of a model whose arguments are weights and inputs."""
        fed = [self.builder.input(name, kind.dtype, kind.shape) for leaf in leaves for name, kind in leaf.fed.items()]
        inputs = together(self.builder, fed, [leaf.aval for leaf in leaves])
        given = [self.weight(weight) for weight in weights]
        captured = [self.captured(index, value) for index, value in enumerate(closed.consts)]
        results = self.block(closed.jaxpr, captured, [*given, *inputs], "")
        self.problems.raise_all()
        return results

    def weight(self, weight: Weight) -> Operand:
        """A weight as a named constant; scalars that count or seed are known now."""
        leaf = weight.leaf
        if not hasattr(leaf, "dtype"):
            return np.asarray(leaf, canonical(np.asarray(leaf).dtype))
        if _compat.is_key(leaf) or (np.dtype(leaf.dtype).kind in "iub" and np.prod(leaf.shape, dtype=int) <= 1):
            return leaf if _compat.is_key(leaf) else np.asarray(leaf)
        return self.constant(weight.name, leaf, weight.name.rpartition("/")[0])

    def captured(self, index: int, value: Any) -> Operand:
        """An array that the function holds itself."""
        if _compat.is_key(value):
            return value
        return np.asarray(value) if value.size <= SMALL else self.constant(f"captured/{index}", value, "")

    def constant(self, name: str, leaf: Any, scope: str) -> Tensor | Complex:
        """A named constant which is streamed from where it is."""
        array = array_of(leaf)
        operand = self.stored(name, array)
        self.fix(operand, Fixed(_module_path(scope), lambda: leaf if hasattr(leaf, "devices") else array.numpy()))
        return operand

    def stored(self, name: str, array: Array) -> Tensor | Complex:
        """A lazy array as a constant; of a complex one each part by a name of its own."""
        narrowed = narrow(name, held(array), self.report)
        if array.dtype.kind != "c":
            return self.builder.const(narrowed, name=name)
        named = zip(PARTS, parts(narrowed), strict=True)
        return Complex(*(self.builder.const(array, name=f"{name}.{part}") for part, array in named))

    def fix(self, operand: Operand, fixed: Fixed) -> None:
        """Notes how to compute an operand that depends on weights alone, and its parts."""
        if built(operand):
            self.fixed.setdefault(values_of(operand), fixed)
        if isinstance(operand, Complex):
            for part in PARTS:
                self.fix(getattr(operand, part), fixed.part(part))

    def block(self, jaxpr: Any, consts: Sequence[Operand], operands: Sequence[Operand], scope: str) -> list[Operand]:
        """The results of a jaxpr."""
        values: dict[Any, Operand] = dict(zip(jaxpr.constvars, consts, strict=True))
        values.update(zip(jaxpr.invars, operands, strict=True))

        def read(atom: Any) -> Operand:
            return np.asarray(atom.val, atom.aval.dtype) if _compat.is_literal(atom) else values[atom]

        for equation in jaxpr.eqns:
            results = self.equation(equation, [read(atom) for atom in equation.invars], scope)
            values.update(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def equation(self, equation: Any, operands: list[Operand], outer: str) -> Sequence[Operand]:
        """The results of one equation: inlined, known now, or lowered by its rule."""
        name = equation.primitive.name
        scope = _joined(outer, _compat.scope_of(equation))
        if not any(map(built, operands)) and foldable(equation):
            return folded(equation, operands)
        inner = _compat.inner_jaxpr(name, equation.params)
        caller, self.place = self.place, _compat.place_of(equation, self.place)
        try:
            if inner is not None:
                given = operands[len(operands) - len(inner.jaxpr.invars) :]
                return self.block(inner.jaxpr, inner.consts, given, scope)
            return self._lowered(equation, operands, scope)
        finally:
            self.place = caller

    def whole(self, operand: Operand, aval: Aval) -> Tensor:
        """An operand as a tensor of its whole shape."""
        try:
            return broadcast_to(self.tensor(operand, aval), aval.shape)
        except OpError as error:
            raise UnsupportedError(
                f"A value of type {aval} cannot be given by the model: {error}",
                remedy="Leave it out of the outputs, or give it with another dtype.",
            ) from error

    def tensor(self, operand: Operand, aval: Aval) -> Tensor:
        """An operand as a tensor, which may have dims of size 1 where the type says more."""
        return operand if isinstance(operand, Tensor) else known_tensor(self.builder, operand, aval)

    def computed(self, operand: Operand) -> TypeGuard[Tensor]:
        """Whether an operand is there only when the model has run so far: neither known nor of weights alone."""
        return isinstance(operand, Tensor) and operand.array is None and values_of(operand) not in self.fixed

    def of_weights(self, operands: Sequence[Operand]) -> bool:
        """Whether operands depend on weights, and on weights alone."""
        values = [values_of(operand) for operand in operands if built(operand)]
        return bool(values) and all(found in self.fixed for found in values)

    def derive(self, source: Tensor, parts: Sequence[Tensor]) -> None:
        """Notes that tensors are the rows of another, which may depend on weights alone."""
        found = self.fixed.get(values_of(source))
        if found is not None:
            for index, part in enumerate(parts):
                self.fix(part, found.row(index))

    @contextmanager
    def within(self, anchor: Tensor) -> Iterator[None]:
        """What is lowered in this context runs in the turn, or on the branch, of `anchor`."""
        before, self.anchor = self.anchor, anchor
        try:
            yield
        finally:
            self.anchor = before

    def _lowered(self, equation: Any, operands: list[Operand], scope: str) -> Sequence[Operand]:
        outputs = tuple(aval_of(variable.aval) for variable in equation.outvars)
        if outputs and all(0 in aval.shape and aval.static for aval in outputs):
            return [empty(aval) for aval in outputs]
        constant = self.of_weights(operands)
        module = self._module(operands)
        origin = Origin(scope or _joined(self.name, module), self.place)
        try:
            with self.builder.origin(origin):
                results = self._ruled(equation, operands, outputs, scope)
        except (OpError, ValueError, NotImplementedError, TotfjsError) as error:
            if not constant:
                return self.problems.refuse(equation.primitive.name, error, operands, outputs, origin)
            results = self._computed(equation, operands, outputs, origin.scope)
        if constant:
            thunk = computed(equation, [self._thunk(operand) for operand in operands])
            for index, result in enumerate(results):
                self.fix(result, Fixed(module, thunk(index)))
        return results

    def _ruled(
        self, equation: Any, operands: Sequence[Operand], outputs: tuple[Aval, ...], scope: str
    ) -> Sequence[Operand]:
        """The results of the rule of an equation."""
        name, params = equation.primitive.name, equation.params
        inner = applied(equation, operands) or decomposed(equation)
        if inner is not None:
            return self.block(inner.jaxpr, inner.consts, operands, scope)
        if name in STRUCTURES:
            return STRUCTURES[name](self, equation, operands, scope)
        inputs = tuple(aval_of(atom.aval) for atom in equation.invars)
        values: list[Any] = [in_graph(self.builder, *pair) for pair in zip(operands, inputs, strict=True)]
        if moves_keys(equation):
            params, inputs, values = moved(equation, inputs, values)
        return _applied(Equation(self.builder, name, params, inputs, outputs), values)

    def _module(self, operands: Sequence[Operand]) -> str:
        """The module of the first weight among operands that has one."""
        found = (self.fixed.get(values_of(operand)) for operand in operands)
        return next((item.scope for item in found if item and item.scope), "")

    def _computed(
        self, equation: Any, operands: list[Operand], outputs: Sequence[Aval], path: str
    ) -> Sequence[Tensor | Complex]:
        """Results that depend on weights alone and have no lowering: JAX computes them when they are written."""
        name = f"{path}/{equation.primitive.name}".strip("/")
        thunk = computed(equation, [self._thunk(operand) for operand in operands])
        return [self.stored(name, array_of(thunk(index), aval)) for index, aval in enumerate(outputs)]

    def _thunk(self, operand: Operand) -> Callable[[], Any]:
        return self.fixed[values_of(operand)].compute if built(operand) else lambda: operand


def _applied(equation: Equation, values: Sequence[Tensor | Complex]) -> Sequence[Tensor | Complex]:
    rule = (complexes.rules() if equation.complex else rules()).get(equation.name)
    if rule is None:
        of_what = " of complex numbers" if equation.name in rules() else ""
        raise NotImplementedError(f"totfjs has no lowering for this primitive{of_what}")
    check_integers(equation)
    found = rule(equation, *values)
    results = [found] if isinstance(found, Tensor | Complex) else list(found)
    for part, aval in apart(results, equation.outputs):
        assert isinstance(part, Tensor)
        _check(part, aval)
    return results


def _check(tensor: Tensor, aval: Aval) -> None:
    """A rule that gives another type than JAX is a defect of totfjs; better to refuse than to go on."""
    if tensor.dtype != aval.graph_dtype or tensor.rank != aval.rank:
        raise OpError(f"the lowering gave {tensor.type} where JAX has {aval}")
    for found, wanted in zip(tensor.shape, aval.shape, strict=True):
        if isinstance(found, int) and isinstance(wanted, int) and found not in (1, wanted):
            raise OpError(f"the lowering gave {tensor.type} where JAX has {aval}")


def _joined(outer: str, inner: str) -> str:
    """Module paths one inside the other; transformations such as `vmap(…)` are left out."""
    parts = [part for text in (outer, inner) for part in re.sub(r"\w+\(|\)", "", text).split("/") if part]
    return "/".join(parts)


def _module_path(scope: str) -> str:
    """The path of a module among the weights: without the collection in front."""
    first, _, rest = scope.partition("/")
    return rest if first in ("params", "batch_stats", "constants") else scope
