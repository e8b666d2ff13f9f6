"""Ops on each element, whose meaning depends on the kind of number: one recipe per kind, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import wrapped
from totfjs.sources.tensorflow.dtypes import COMPLEX, FLOATS, NARROW
from totfjs.sources.tensorflow.ops.op import Op
from totfjs.sources.tensorflow.use import Use

Recipe: TypeAlias = "Callable[..., Tensor | Complex]"
# Ops which the graph sees through where they are done to sizes.
SEEN = ("AddV2", "Sub", "Mul", "FloorDiv", "FloorMod", "Maximum", "Minimum")


def by_kind(
    floating: Recipe | None = None,
    signed: Recipe | None = None,
    unsigned: Recipe | None = None,
    complexes: Recipe | None = None,
    *,
    boolean: Recipe | None = None,
    sizes: str = "",
    wraps: bool = True,
) -> Op:
    """An op with a recipe for each kind of number that it takes.

    `signed` serves all integers that int32 holds, `unsigned` uint32, which int32 holds as bits. `sizes` is an op of
    TensorFlow.js that means the same for sizes of tensors. A result which `wraps` is brought back into narrow types.
    """

    def rule(use: Use) -> Tensor | Complex:
        # A type at its default is left out of files; that of ops on complex numbers alone is complex64.
        dtype = use.text("T", "complex64" if any(isinstance(each, Complex) for each in use.operands) else "float32")
        tell(use, dtype)
        if dtype in COMPLEX:
            return _chosen(complexes, dtype)(*(use.complex(index) for index in range(len(use))))
        if dtype in FLOATS:
            return _chosen(floating, dtype)(*use.tensors)
        if dtype == "bool":
            return _chosen(boolean, dtype)(*use.tensors)
        if sizes and dtype in ("int32", "int64") and _of_sizes(use, sizes):
            return elementwise(sizes, *use.tensors)
        found = _chosen(unsigned if dtype == "uint32" else signed, dtype)(*use.tensors)
        narrow = wraps and dtype in NARROW and isinstance(found, Tensor) and found.dtype is DType.INT32
        return wrapped(found, *NARROW[dtype]) if narrow and isinstance(found, Tensor) else found

    return Op(rule, integers=True, complex=complexes is not None)


def same(op: str) -> Recipe:
    """The op of TensorFlow.js that means the same."""
    return lambda *xs: elementwise(op, *xs)


def floats(op: str | Recipe, complexes: Recipe | None = None) -> Op:
    """An op on floats, and on complex numbers where there is a recipe."""
    return by_kind(same(op) if isinstance(op, str) else op, complexes=complexes)


def tell(use: Use, dtype: str) -> None:
    """Says once what becomes of floats of other widths."""
    if dtype in ("float16", "bfloat16"):
        use.note(f"{dtype} is computed in float32: intermediate results are rounded less than in TensorFlow.")
    elif dtype in ("float64", "complex128"):
        use.note(f"{dtype} is computed in {'float32' if dtype == 'float64' else 'complex64'}.")


def _chosen(recipe: Recipe | None, dtype: str) -> Recipe:
    if recipe is None:
        raise OpError(f"totfjs has no lowering for this op of {dtype}")
    return recipe


def _of_sizes(use: Use, op: str) -> bool:
    """Whether an op is done to sizes of tensors; a divisor has to be a number then."""
    found = [use.sizes(index) for index in range(len(use))]
    if any(sizes is None for sizes in found):
        return False
    divisor = found[-1] or ()
    return op not in ("FloorDiv", "FloorMod") or all(isinstance(size, int) and size > 0 for size in divisor)
