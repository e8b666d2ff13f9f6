"""What a value is: its dtype and its shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np

from totfjs.graph.dims import Shape, Size


class DType(StrEnum):
    """The dtypes of TensorFlow.js, and the two handles (hash tables and tensor lists) which its graphs pass around."""

    FLOAT32 = "float32"
    INT32 = "int32"
    BOOL = "bool"
    COMPLEX64 = "complex64"
    STRING = "string"
    RESOURCE = "resource"
    VARIANT = "variant"

    @property
    def numpy(self) -> np.dtype[np.generic]:
        """The numpy dtype that holds such values."""
        return np.dtype(object) if self in (DType.STRING, DType.RESOURCE, DType.VARIANT) else np.dtype(self.value)

    @property
    def proto(self) -> str:
        """The name of this dtype in a GraphDef."""
        return _PROTO[self]


_PROTO = {
    DType.FLOAT32: "DT_FLOAT",
    DType.INT32: "DT_INT32",
    DType.BOOL: "DT_BOOL",
    DType.COMPLEX64: "DT_COMPLEX64",
    DType.STRING: "DT_STRING",
    DType.RESOURCE: "DT_RESOURCE",
    DType.VARIANT: "DT_VARIANT",
}
# What the runtime makes of each GraphDef dtype that it accepts.
FROM_PROTO = {
    **{proto: dtype for dtype, proto in _PROTO.items()},
    "DT_HALF": DType.FLOAT32,
    "DT_DOUBLE": DType.FLOAT32,
    "DT_INT64": DType.INT32,
    "DT_INT8": DType.INT32,
    "DT_UINT8": DType.INT32,
    "DT_COMPLEX128": DType.COMPLEX64,
}


def dtype_of(array: np.ndarray) -> DType:
    """The graph dtype of a numpy array; raises ValueError when there is none."""
    return _dtype_of(array.dtype)


@cache
def _dtype_of(dtype: np.dtype[Any]) -> DType:
    if dtype.kind in "OUST":
        return DType.STRING
    try:
        return DType(dtype.name)
    except ValueError:
        raise ValueError(f"TensorFlow.js has no dtype {dtype}") from None


@dataclass(frozen=True, slots=True)
class TensorType:
    """The dtype and shape of a value; dims are numbers or symbolic."""

    dtype: DType
    shape: Shape

    @property
    def rank(self) -> int:
        """The number of dims."""
        return len(self.shape)

    @property
    def static(self) -> bool:
        """Whether every dim is a number."""
        return all(isinstance(size, int) for size in self.shape)

    def with_shape(self, *shape: Size) -> TensorType:
        """The same dtype in another shape."""
        return TensorType(self.dtype, shape)

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(str(size).replace(' ', '') for size in self.shape)}]"
