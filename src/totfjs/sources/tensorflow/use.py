"""One node as its rule sees it: its operands, its attributes, and what may be asked of the lowering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import shape_vector
from totfjs.sources.tensorflow.dtypes import graph_dtype, numpy_dtype
from totfjs.sources.tensorflow.evaluated import value_of
from totfjs.sources.tensorflow.program import Node
from totfjs.sources.tensorflow.values import Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering

_MISSING = object()


@dataclass(frozen=True)
class Use:
    """A node and its operands. Attributes that are left out of files have the defaults that rules name."""

    node: Node
    operands: tuple[Operand, ...]
    lowering: Lowering

    @property
    def builder(self) -> Builder:
        """The graph under construction."""
        return self.lowering.builder

    def __len__(self) -> int:
        return len(self.operands)

    # --- attributes ---------------------------------------------------------------------------------------------

    def attr(self, name: str, default: Any = _MISSING) -> Any:
        """An attribute: bytes, int, float, bool, dtype name, shape, array, Function, or a tuple of these."""
        if name in self.node.attrs:
            return self.node.attrs[name]
        if default is _MISSING:
            raise OpError(f"it has no attribute {name}")
        return default

    def text(self, name: str, default: Any = _MISSING) -> str:
        """An attribute that is text."""
        value = self.attr(name, default)
        return value.decode() if isinstance(value, bytes) else str(value)

    # --- operands -----------------------------------------------------------------------------------------------

    def known(self, index: int) -> np.ndarray | None:
        """The value of an operand, where it is known now."""
        operand = self.operands[index]
        if isinstance(operand, np.ndarray):
            return operand
        return value_of(self.builder, operand) if isinstance(operand, Tensor) else None

    def array(self, index: int, what: str) -> np.ndarray:
        """The value of an operand that has to be known now; `what` names it in the refusal."""
        found = self.known(index)
        if found is None:
            raise OpError(f"{what} is computed by the model; it has to be a constant")
        return found

    def integers(self, index: int, what: str) -> list[int]:
        """The numbers of an operand that has to be known now, in a flat list."""
        return [int(number) for number in self.array(index, what).reshape(-1)]

    def integer(self, index: int, what: str) -> int:
        """The one number of an operand that has to be known now."""
        numbers = self.integers(index, what)
        if len(numbers) != 1:
            raise OpError(f"{what} has {len(numbers)} elements where one is wanted")
        return numbers[0]

    def sizes(self, index: int) -> Shape | None:
        """The numbers or dims that an operand (a shape, a size) holds, or None where only the data decides."""
        operand = self.operands[index]
        if isinstance(operand, np.ndarray):
            return tuple(int(size) for size in operand.reshape(-1)) if operand.dtype.kind in "iu" else None
        if not isinstance(operand, Tensor):
            return None
        sizes = self.builder.operand(operand).sizes
        if sizes is not None or operand.rank > 1 or operand.dtype is not DType.INT32:
            return sizes
        value = value_of(self.builder, operand)
        return None if value is None else tuple(int(size) for size in value.reshape(-1))

    def tensor(self, index: int) -> Tensor:
        """An operand as a tensor of the graph, of the dtype of TensorFlow.js that stands for its own."""
        found = self.lowering.tensor(self.operands[index])
        if not isinstance(found, Tensor):
            raise OpError(f"operand {index} is no tensor of real numbers")
        return found

    @property
    def tensors(self) -> list[Tensor]:
        """All operands as tensors."""
        return [self.tensor(index) for index in range(len(self.operands))]

    def complex(self, index: int) -> Complex:
        """An operand that is complex."""
        found = self.lowering.tensor(self.operands[index])
        if not isinstance(found, Complex):
            raise OpError(f"operand {index} is not complex")
        return found

    def shape(self, index: int) -> Shape:
        """The shape of an operand."""
        return shape_of(self.operands[index])

    # --- making things ------------------------------------------------------------------------------------------

    def op(self, op: str, *operands: Any, **attrs: Any) -> Tensor:
        """The first output of an op of TensorFlow.js."""
        return self.builder.op(op, *operands, **attrs)

    def const(self, value: Any, dtype: str | None = None) -> Tensor:
        """A constant of the graph; `dtype` is TensorFlow's."""
        return self.builder.const(value, None if dtype is None else graph_dtype(dtype))

    def size_vector(self, sizes: Sequence[Size], dtype: str = "int32") -> Operand:
        """Sizes as a vector: known where they are numbers, else computed from the shapes of the inputs."""
        if all(isinstance(size, int) for size in sizes):
            return np.array(sizes, numpy_dtype(dtype)).reshape(-1)
        return shape_vector(self.builder, sizes)

    def cast(self, x: Tensor, dtype: DType) -> Tensor:
        """A tensor in another dtype of TensorFlow.js."""
        return x if x.dtype is dtype else self.builder.op("Cast", x, DstT=dtype)

    def note(self, text: str) -> None:
        """Tells the user something, once."""
        self.lowering.note(text)


def shape_of(operand: Operand) -> Shape:
    """The shape of a value."""
    if isinstance(operand, np.ndarray | Tensor):
        return operand.shape
    if isinstance(operand, Complex):
        pairs = zip(operand.real.shape, operand.imag.shape, strict=True)
        return tuple(b if a == 1 else a for a, b in pairs)
    raise OpError("an operand is a handle, which has no shape")
