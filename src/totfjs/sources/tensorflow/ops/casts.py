"""Changes of dtype."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import complex as pairs
from totfjs.recipes import unsigned
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.fields import shape_of
from totfjs.recipes.halves import HALVES
from totfjs.recipes.integers import wrapped
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.tensorflow.dtypes import COMPLEX, FLOATS, NARROW, graph_dtype
from totfjs.sources.tensorflow.ops.kinds import tell
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _cast(use: Use) -> Operand:
    source, target = use.text("SrcT"), use.text("DstT")
    if source == target:
        return use.operands[0]
    if use.attr("Truncate", False) and target in (*HALVES, "float32"):
        raise OpError("it rounds floats towards zero, for which totfjs has no lowering")
    tell(use, target)
    found = use.lowering.tensor(use.operands[0])
    if isinstance(found, Complex):
        return _of_complex(found, target)
    if target in COMPLEX:
        return pairs.from_real(convert(found, source, "float32"))
    return convert(found, source, target)


def _of_complex(x: Complex, target: str) -> Operand:
    """What is not complex is made of the real part, bools too."""
    return x if target in COMPLEX else convert(broadcast_to(x.real, shape_of(x)), "float32", target)


def convert(x: Tensor, source: str, target: str) -> Tensor:
    """Real numbers in another dtype of TensorFlow. Floats that do not fit an integer, which TensorFlow leaves open,
    wrap around as far as int32 does."""
    if source == "uint32" and target == "int64":
        raise OpError("its numbers may be beyond int32, in which int64 is computed")
    wanted = graph_dtype(target)
    if target == "bool":
        return x if x.dtype is DType.BOOL else elementwise("NotEqual", x, x.builder.like(x, 0))
    if target == "uint32" and source in FLOATS:
        return unsigned.from_float(x)
    if target in FLOATS and source == "uint32":
        return rounded(unsigned.to_float(x), "float32", target)
    found = x if x.dtype is wanted else elementwise("Cast", x, DstT=wanted)
    if target in NARROW and not _fits(source, target):
        return wrapped(found, *NARROW[target])
    return rounded(found, source, target)


def rounded(x: Tensor, source: str, target: str) -> Tensor:
    """Floats with no more digits than a half has."""
    if target not in HALVES or source in ("bool", "uint8", "int8"):
        return x
    return HALVES[target](x)


def _fits(source: str, target: str) -> bool:
    """Whether all values of a dtype are values of another, narrow one."""
    if source == "bool":
        return True
    if source not in NARROW:
        return False
    wide, narrow = np.iinfo(target), np.iinfo(source)
    return bool(wide.min <= narrow.min and narrow.max <= wide.max)


OPS: dict[str, Row] = {"Cast": Op(_cast, integers=True, complex=True)}
