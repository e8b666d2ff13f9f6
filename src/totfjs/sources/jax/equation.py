"""One equation of a jaxpr as the rules see it: dims and dtypes are ours, parameters are JAX's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, Size, parse
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import COMPLEX, graph_dtype


@dataclass(frozen=True, slots=True)
class Aval:
    """The dtype, by its name in JAX, and the shape of a value."""

    dtype: str
    shape: Shape

    @property
    def graph_dtype(self) -> DType:
        """The dtype that it has in the graph; raises ValueError when there is none."""
        return graph_dtype(self.dtype)

    @property
    def rank(self) -> int:
        """The number of dims."""
        return len(self.shape)

    @property
    def static(self) -> bool:
        """Whether every dim is a number."""
        return all(isinstance(size, int) for size in self.shape)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of a static value."""
        return tuple(size for size in self.shape if isinstance(size, int))

    @property
    def floating(self) -> bool:
        """Whether it is computed as float32."""
        return self.dtype in ("float32", "float16", "bfloat16")

    @property
    def complex(self) -> bool:
        """Whether it is a pair of tensors in the graph."""
        return self.dtype == COMPLEX

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Equation:
    """A primitive applied to operands.

    The tensors that a rule gets may have dims of size 1 where their `inputs` say more: broadcasts stay lazy, and what a
    rule returns may be lazy again. `full` carries them out.
    """

    builder: Builder
    name: str
    params: Mapping[str, Any]
    inputs: tuple[Aval, ...]
    outputs: tuple[Aval, ...]

    def full(self, tensor: Tensor, index: int = 0) -> Tensor:
        """The operand `index` in its whole shape."""
        return broadcast_to(tensor, self.inputs[index].shape)

    @property
    def complex(self) -> bool:
        """Whether an operand or a result is complex."""
        return any(aval.complex for aval in (*self.inputs, *self.outputs))

    @property
    def output(self) -> Aval:
        """The type of the first result."""
        return self.outputs[0]

    def const(self, value: Any, dtype: DType | None = None) -> Tensor:
        """A constant."""
        return self.builder.const(value, dtype)


Rule: TypeAlias = "Callable[..., Tensor | Sequence[Tensor]]"
ComplexRule: TypeAlias = "Callable[..., Tensor | Complex | Sequence[Tensor | Complex]]"


def aval_of(aval: Any) -> Aval:
    """An abstract value of JAX as ours; random keys are their words, along a last axis."""
    words = _compat.key_words(aval.dtype)
    if words is not None:
        return Aval("uint32", (*shape_of(aval.shape), words))
    return Aval(_name(aval.dtype), shape_of(aval.shape))


@cache
def _name(dtype: Any) -> str:
    """The name of a dtype, which numpy spells out anew each time."""
    return str(getattr(dtype, "name", dtype))


def parts_of_aval(aval: Aval) -> list[Aval]:
    """The types of the parts of a complex value; of any other, its own."""
    return [Aval("float32", aval.shape)] * 2 if aval.complex else [aval]


def shape_of(sizes: Iterable[Any]) -> Shape:
    """A shape of JAX as ours."""
    return tuple(map(size_of, sizes))


def size_of(size: Any) -> Size:
    """A dim of JAX, a number or a symbolic expression, as ours."""
    return int(size) if isinstance(size, int | np.integer) else _parsed(str(size))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Size:
    return parse(text.replace("^", "**"))
