"""One operation of a module as the rules see it: attributes as Python values, types as ours, regions as functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from totfjs.sources.stablehlo.types import Type, type_of

if TYPE_CHECKING:
    from totfjs.sources.stablehlo.interpret import Interpreter

# A known numpy array, an array or tracer of JAX, a tuple of values, or None for a token.
Value: TypeAlias = Any


@dataclass(frozen=True)
class Op:
    """An operation in a run of the interpreter; `scope` holds the values that its regions may read."""

    operation: Any
    interpreter: Interpreter
    scope: Mapping[Any, Value]

    @property
    def name(self) -> str:
        """The name with its dialect, as in `stablehlo.add`."""
        return str(self.operation.name)

    @cached_property
    def types(self) -> tuple[Type, ...]:
        """The types of the results, as the module declares them."""
        return tuple(type_of(result.type) for result in self.operation.results)

    @cached_property
    def operand_types(self) -> tuple[Type, ...]:
        """The types of the operands, as the module declares them."""
        return tuple(type_of(operand.type) for operand in self.operation.operands)

    def attribute(self, name: str) -> Any | None:
        """An attribute of MLIR, or None where there is none."""
        return self.operation.attributes[name] if name in self.operation.attributes else None  # noqa: SIM401

    def integer(self, name: str, default: int = 0) -> int:
        """An attribute that is a number."""
        found = self.attribute(name)
        return default if found is None else int(found.value)

    def flag(self, name: str) -> bool:
        """An attribute that is true or false, which it is where it is not given."""
        found = self.attribute(name)
        return False if found is None else bool(found.value)

    def number(self, name: str) -> float:
        """An attribute that is a float."""
        found = self.attribute(name)
        assert found is not None
        return float(found.value)

    def text(self, name: str) -> str:
        """An attribute that is a word or text, or ''."""
        found = self.attribute(name)
        if found is None:
            return ""
        plain = str(getattr(found, "value", found))
        return plain.rpartition(" ")[2].rstrip(">") if plain.startswith("#") else plain

    def integers(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """An attribute that is a list of numbers."""
        found = self.attribute(name)
        return tuple(default) if found is None else tuple(int(each) for each in found)

    def pairs(self, name: str, rank: int) -> tuple[tuple[int, int], ...]:
        """An attribute that holds two numbers for each axis: none is zeros."""
        found = self.attribute(name)
        if found is None:
            return ((0, 0),) * rank
        array = np.broadcast_to(np.array(found), (rank, 2))
        return tuple((int(low), int(high)) for low, high in array)

    def flags(self, name: str, rank: int) -> tuple[bool, ...]:
        """An attribute that holds a truth for each axis: none is false."""
        found = self.attribute(name)
        return (False,) * rank if found is None else tuple(bool(each) for each in found)

    def block(self, index: int = 0) -> Any:
        """The block of a region."""
        return self.operation.regions[index].blocks[0]

    def region(self, index: int = 0) -> Callable[..., list[Value]]:
        """A region as a function of values."""
        block = self.block(index)
        return lambda *operands: self.interpreter.block(block, operands, self.scope)


Rule: TypeAlias = "Callable[..., Value | Sequence[Value]]"


def single(function: Callable[..., Value]) -> Rule:
    """A rule that is a function of the operands alone."""
    return lambda op, *operands: function(*operands)
