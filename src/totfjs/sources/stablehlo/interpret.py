"""Runs a module with JAX: each operation is a rule over `jax.lax`, so that tracing the run gives a jaxpr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from totfjs.errors import UnsupportedError
from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import _compat, known
from totfjs.sources.stablehlo.constants import constant
from totfjs.sources.stablehlo.known import UndecidedError
from totfjs.sources.stablehlo.operation import Op, Value
from totfjs.sources.stablehlo.places import at_line, below, line_of, scope_of, within
from totfjs.sources.stablehlo.program import Program, key_of


class Broken:
    """The result of an operation that was refused: what uses it fails too, and is no problem of its own."""


BROKEN = Broken()


class CausedError(OpError):
    """What fails because of an operation that was refused before."""


@dataclass
class Interpreter:
    """A run of a program. `weights` replace constants; `problems` lists what has no rule, with its place."""

    program: Program
    weights: Mapping[Any, Value] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    path: str = ""
    place: str = ""

    def run(self, operands: Sequence[Value]) -> list[Value]:
        """The results of the main function as arrays of JAX; raises UnsupportedError that lists all problems."""
        results = self.function(self.program.main, operands)
        if self.problems:
            self._raise()
        return [array(value) for value in results]

    def function(self, name: str, operands: Sequence[Value]) -> list[Value]:
        """The results of a function of the module."""
        return self.block(self.program.body(name), operands, {})

    def block(self, block: Any, operands: Sequence[Value], outer: Mapping[Any, Value]) -> list[Value]:
        """The results of a block, which may read values of the blocks around it."""
        return self.traced(block, operands, outer)[0]

    def traced(
        self, block: Any, operands: Sequence[Value], outer: Mapping[Any, Value]
    ) -> tuple[list[Value], Mapping[Any, Value]]:
        """The results of a block, and all values in it."""
        scope = dict(outer)
        scope.update(zip(block.arguments, operands, strict=True))
        for each in block.operations:
            operation = each.operation
            given = [scope[operand] for operand in operation.operands]
            if operation.name in ("func.return", "stablehlo.return", "sdy.return"):
                return given, scope
            scope.update(zip(operation.results, self.operation(operation, given, scope), strict=True))
        raise OpError("a block ends without a result")

    def operation(self, operation: Any, operands: Sequence[Value], scope: Mapping[Any, Value]) -> Sequence[Value]:
        """The results of one operation."""
        import jax

        location = str(operation.location)
        inner, absolute = scope_of(location)
        before = self.path, self.place
        self.path = inner if absolute or within(inner, self.path) else "/".join(filter(None, (self.path, inner)))
        self.place = line_of(location, self.program.label) or self.place
        try:
            op = Op(operation, self, scope)
            if any(operand is BROKEN for operand in operands) and not operation.regions:
                return self._broken(op)
            under = below(self.path, before[0])
            with jax.named_scope(under) if under else nullcontext():
                return at_line(self.place, lambda: self._results(op, operands))
        except (OpError, NotImplementedError, UndecidedError, TypeError, ValueError, _compat.inconclusive()) as error:
            if not isinstance(error, CausedError) and not any(operand is BROKEN for operand in operands):
                reason = str(error).strip().partition("\n")[0]
                self.problems.setdefault(f"{self._name(op)}: {reason}", self.place)
            return self._broken(op)
        finally:
            self.path, self.place = before

    def note(self, text: str) -> None:
        """Notes what the user should know."""
        if text not in self.notes:
            self.notes.append(text)

    def _results(self, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
        from totfjs.sources.stablehlo.ops import rules

        if op.name == "stablehlo.constant":
            return [self._constant(op)]
        if (
            operands
            and all(map(known.is_known, operands))
            and op.name in known.FUNCTIONS
            and op.types[0].dtype in _SIZES
        ):
            try:
                return [known.compute(op, operands)]
            except UndecidedError:
                pass
        rule = rules().get(op.name)
        if rule is None:
            raise NotImplementedError("totfjs has no rule for this operation")
        given = operands if op.name in _TAKES_KNOWN else [array(operand) for operand in operands]
        found = rule(op, *given)
        results = list(found) if isinstance(found, list | tuple) and len(op.operation.results) != 1 else [found]
        if len(results) == 1 and isinstance(results[0], list) and len(op.operation.results) == 1:
            results = results[0]
        for value, result in zip(results, op.operation.results, strict=True):
            _check(value, result.type)
        return results

    def _constant(self, op: Op) -> Value:
        key = key_of(op.operation)
        if key in self.weights:
            return self.weights[key]
        return constant(op.operation.attributes, op.types[0], op.operation.get_asm)

    def _broken(self, op: Op) -> list[Value]:
        return [BROKEN] * len(op.operation.results)

    def _name(self, op: Op) -> str:
        if op.name == "stablehlo.custom_call":
            return f"custom_call @{op.text('call_target_name')}"
        return op.name

    def _raise(self) -> NoReturn:
        count = len(self.problems)
        head = "An operation" if count == 1 else f"{count} operations"
        lines = [f"{text}{f' ({place})' if place else ''}" for text, place in self.problems.items()]
        raise UnsupportedError(
            "\n    ".join([f"{head} of the module cannot be converted:", *lines]),
            remedy="Write these lines with other operations and export again, or leave them to JavaScript.",
            place=next(iter(self.problems.values())),
        )


# Dtypes of what is computed while reading.
_SIZES = frozenset(("int32", "uint32", "int8", "int16", "uint8", "uint16", "bool"))
# Rules that look at sizes, or pass values on as they are.
_TAKES_KNOWN = frozenset(
    f"stablehlo.{name}"
    for name in (
        "dynamic_broadcast_in_dim", "dynamic_reshape", "dynamic_iota", "dynamic_pad", "dynamic_gather", "dynamic_conv",
        "real_dynamic_slice", "while", "case", "if", "custom_call", "composite", "optimization_barrier", "tuple",
        "get_tuple_element", "reduce", "reduce_window", "set_dimension_size", "concatenate",
    )
) | {"func.call"}  # fmt: skip


def array(value: Value) -> Value:
    """A value as JAX takes it: dims become numbers that the model computes."""
    if not (isinstance(value, np.ndarray) and value.dtype == object):
        if value is BROKEN:
            raise CausedError("it needs what was refused")
        return value
    import jax

    parts = [_number(each) for each in value.reshape(-1).tolist()]
    if not value.ndim:
        return parts[0]
    return jax.lax.reshape(jax.lax.concatenate([jax.lax.reshape(part, (1,)) for part in parts], 0), value.shape)


def _number(each: Any) -> Any:
    import jax

    return np.asarray(each, np.int32) if isinstance(each, int | np.integer) else jax.numpy.asarray(each, np.int32)


def _check(value: Value, declared: Any) -> None:
    """A rule that gives another type than the module declares is a defect; better to refuse than to go on."""
    from totfjs.sources.stablehlo.types import type_of

    if value is None or isinstance(value, tuple) or value is BROKEN or known.is_known(value):
        return
    wanted = type_of(declared)
    sizes = zip(value.shape, wanted.shape, strict=False)
    fits = all(size is None or not isinstance(found, int) or found == size for found, size in sizes)
    if str(value.dtype) != wanted.dtype or len(value.shape) != len(wanted.shape) or not fits:
        raise OpError(f"the rule gave {value.dtype}{list(value.shape)} where the module has {wanted}")
