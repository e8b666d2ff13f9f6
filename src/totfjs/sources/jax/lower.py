"""Lowers a jaxpr: one loop over its equations, a table of rules for the primitives, one error for all that has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from totfjs.errors import TotfjsError, UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.edit import prune
from totfjs.graph.graph import Graph, Node, Origin, Value
from totfjs.graph.ops import Backend, OpError
from totfjs.graph.types import TensorType
from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import Aval, Equation, aval_of
from totfjs.sources.jax.fixed import Fixed, array_of, computed, held
from totfjs.sources.jax.fold import empty, foldable, folded, known_tensor
from totfjs.sources.jax.guard import check_integers
from totfjs.sources.jax.inputs import Leaf
from totfjs.sources.jax.keys import moved, moves_keys
from totfjs.sources.jax.primitives import rules
from totfjs.sources.jax.structure import STRUCTURES
from totfjs.sources.jax.trace import Traced, Weight
from totfjs.weights.narrow import Narrowing, narrow

# What a variable of a jaxpr stands for: a value under construction, or an array that is known now.
Operand: TypeAlias = "Tensor | np.ndarray | Any"
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
    lowering = Lowering(Builder(tuple(backends)), name, report)
    fed = [lowering.builder.input(leaf.name, leaf.type.dtype, leaf.shape) for leaf in leaves]
    given = [lowering.weight(weight) for weight in traced.weights]
    closed = _compat.without_references(traced.jaxpr)
    captured = [lowering.captured(index, value) for index, value in enumerate(closed.consts)]
    results = lowering.block(closed.jaxpr, captured, [*given, *fed], "")
    avals = [aval_of(variable.aval) for variable in closed.jaxpr.outvars]
    tensors = {
        output: lowering.whole(results[index], avals[index])
        for output, index in outputs.items()
        if not lowering.problems
    }
    lowering.raise_problems()
    return prune(lowering.builder.build(tensors))


@dataclass
class Lowering:
    """The state of the loop: the graph under construction and the problems met so far.

    `fixed` are the values that depend on weights alone, and how to compute them. A value in `broken` comes from an
    equation that was refused: what fails because of it is no problem of its own. `anchor` is a value of the turn of the
    loop, or of the branch, that is being lowered; `place` is the user's line of the equation around it.
    """

    builder: Builder
    name: str
    report: Callable[[Narrowing], None]
    fixed: dict[Value, Fixed] = field(default_factory=dict)
    broken: set[Value] = field(default_factory=set)
    problems: dict[str, Origin] = field(default_factory=dict)
    anchor: Tensor | None = None
    place: str = ""

    def weight(self, weight: Weight) -> Operand:
        """A weight as a named constant; scalars that count or seed are known now."""
        leaf = weight.leaf
        if not hasattr(leaf, "dtype"):
            return np.asarray(leaf, np.asarray(leaf).dtype.name.replace("64", "32"))
        if _compat.is_key(leaf) or (np.dtype(leaf.dtype).kind in "iub" and np.prod(leaf.shape, dtype=int) <= 1):
            return leaf if _compat.is_key(leaf) else np.asarray(leaf)
        return self.constant(weight.name, leaf, weight.name.rpartition("/")[0])

    def captured(self, index: int, value: Any) -> Operand:
        """An array that the function holds itself."""
        if _compat.is_key(value):
            return value
        return np.asarray(value) if value.size <= SMALL else self.constant(f"captured/{index}", value, "")

    def constant(self, name: str, leaf: Any, scope: str) -> Tensor:
        """A named constant which is streamed from where it is."""
        array = array_of(leaf)
        tensor = self.builder.const(narrow(name, held(array), self.report), name=name)
        self.fixed[tensor.value] = Fixed(
            _module_path(scope), lambda: leaf if hasattr(leaf, "devices") else array.numpy()
        )
        return tensor

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
        known = not any(isinstance(operand, Tensor) for operand in operands)
        if known and foldable(equation):
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
        from totfjs.recipes.shapes import broadcast_to

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
        return isinstance(operand, Tensor) and operand.array is None and operand.value not in self.fixed

    def of_weights(self, operands: Sequence[Operand]) -> bool:
        """Whether operands depend on weights, and on weights alone."""
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        return bool(tensors) and all(tensor.value in self.fixed for tensor in tensors)

    def derive(self, source: Tensor, parts: Sequence[Tensor]) -> None:
        """Notes that tensors are the rows of another, which may depend on weights alone."""
        found = self.fixed.get(source.value)
        if found is not None:
            self.fixed.update({part.value: found.row(index) for index, part in enumerate(parts)})

    @contextmanager
    def within(self, anchor: Tensor) -> Iterator[None]:
        """What is lowered in this context runs in the turn, or on the branch, of `anchor`."""
        before, self.anchor = self.anchor, anchor
        try:
            yield
        finally:
            self.anchor = before

    def raise_problems(self) -> None:
        """Raises one error for all problems."""
        if not self.problems:
            return
        count = len(self.problems)
        head = (
            "An operation of the model cannot be converted:"
            if count == 1
            else f"{count} operations of the model cannot be converted:"
        )
        lines = [f"{text}{f' ({origin})' if str(origin) else ''}" for text, origin in self.problems.items()]
        raise UnsupportedError(
            "\n    ".join([head, *lines]),
            remedy="Write these lines with other operations, or leave them out of the model and do them in JavaScript.",
            place=str(next(iter(self.problems.values()))),
        )

    def _lowered(self, equation: Any, operands: list[Operand], scope: str) -> Sequence[Operand]:
        name, avals = equation.primitive.name, [aval_of(atom.aval) for atom in equation.invars]
        outputs = tuple(aval_of(variable.aval) for variable in equation.outvars)
        if outputs and all(0 in aval.shape and aval.static for aval in outputs):
            return [empty(aval) for aval in outputs]
        fixed = [
            self.fixed[operand.value]
            for operand in operands
            if isinstance(operand, Tensor) and operand.value in self.fixed
        ]
        constant = sum(isinstance(operand, Tensor) for operand in operands) == len(fixed) > 0
        path = scope or _joined(self.name, next((item.scope for item in fixed), ""))
        origin = Origin(path, self.place)
        try:
            with self.builder.origin(origin):
                if name in STRUCTURES:
                    results = STRUCTURES[name](self, equation, operands, scope)
                else:
                    tensors = [self.tensor(operand, aval) for operand, aval in zip(operands, avals, strict=True)]
                    params, inputs = equation.params, tuple(avals)
                    if moves_keys(equation):
                        params, inputs, tensors = moved(equation, inputs, tensors)
                    results = self._apply(Equation(self.builder, name, params, inputs, outputs), tensors)
        except (OpError, ValueError, NotImplementedError, TotfjsError) as error:
            if constant:
                results = self._computed(equation, operands, outputs, path)
            else:
                return self._refused(name, error, operands, outputs, origin)
        if constant:
            module = next((item.scope for item in fixed if item.scope), "")
            self.fixed.update(self._derived(equation, operands, results, module))
        return results

    def _apply(self, equation: Equation, tensors: Sequence[Tensor]) -> Sequence[Tensor]:
        rule = rules().get(equation.name)
        if rule is None:
            raise NotImplementedError("totfjs has no lowering for this primitive")
        check_integers(equation)
        found = rule(equation, *tensors)
        results = [found] if isinstance(found, Tensor) else list(found)
        for tensor, aval in zip(results, equation.outputs, strict=True):
            _check(tensor, aval)
        return results

    def _computed(self, equation: Any, operands: list[Operand], outputs: Sequence[Aval], path: str) -> Sequence[Tensor]:
        """Results that depend on weights alone and have no lowering: JAX computes them when they are written."""
        name = f"{path}/{equation.primitive.name}".strip("/")
        thunk = computed(equation, [self._thunk(operand) for operand in operands])
        return [
            self.builder.const(narrow(name, held(array_of(thunk(index), aval)), self.report), name=name)
            for index, aval in enumerate(outputs)
        ]

    def _derived(
        self, equation: Any, operands: list[Operand], results: Sequence[Operand], scope: str
    ) -> dict[Value, Fixed]:
        thunk = computed(equation, [self._thunk(operand) for operand in operands])
        return {
            tensor.value: Fixed(scope, thunk(index))
            for index, tensor in enumerate(results)
            if isinstance(tensor, Tensor) and tensor.value not in self.fixed
        }

    def _thunk(self, operand: Operand) -> Callable[[], Any]:
        if isinstance(operand, Tensor):
            return self.fixed[operand.value].compute
        return lambda: operand

    def _refused(
        self, name: str, error: Exception, operands: list[Operand], outputs: Sequence[Aval], origin: Origin
    ) -> list[Operand]:
        """Notes a problem and goes on with stand-ins, so that all problems are found at once."""
        caused = any(isinstance(operand, Tensor) and operand.value in self.broken for operand in operands)
        if not caused or isinstance(error, NotImplementedError):
            self.problems.setdefault(f"{name}: {error}", origin)
        return [self._stand_in(aval) for aval in outputs]

    def _stand_in(self, aval: Aval) -> Tensor:
        from totfjs.sources.jax.dtypes import F32, GRAPH

        kind = TensorType(GRAPH.get(aval.dtype, F32), aval.shape)
        attrs = {"dtype": kind.dtype, "shape": kind.shape}
        node = self.builder.add(Node(self.builder.fresh("refused"), "Placeholder", (), attrs, (kind,)))
        self.broken.add(node.values[0])
        return self.builder.tensor(node.values[0])


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
