"""Quantisation as it is simulated in training: floats brought to a grid, and left floats."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import reshape
from totfjs.sources.tensorflow.ops.kinds import tell
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

LARGEST = np.float32(np.finfo(np.float32).max)


def _with_range(use: Use) -> Operand:
    return _faked(use, use.tensor(0), use.tensor(1), use.tensor(2))


def _with_constants(use: Use) -> Operand:
    low, high = (use.const(np.float32(use.attr(name, bound))) for name, bound in (("min", -6.0), ("max", 6.0)))
    return _faked(use, use.tensor(0), low, high)


def _faked(use: Use, x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The range is moved so that 0 is on the grid. A range of nothing makes all 0."""
    bits, least = int(use.attr("num_bits", 8)), 1.0 if use.attr("narrow_range", False) else 0.0
    if not 2 <= bits <= 16:
        raise OpError(f"it has grids of {bits} bits, where TensorFlow takes 2 to 16")
    most = float(2**bits - 1)
    scale = (high - low) / (most - least)
    zero = use.builder.like(low, least) - low / scale
    zero = elementwise("Minimum", elementwise("Maximum", _nearest(zero), low.builder.like(zero, least)),
                       low.builder.like(zero, most))  # fmt: skip
    bottom, top = (use.builder.like(zero, bound) - zero for bound in (least, most))
    bottom, top = bottom * scale, top * scale
    inside = elementwise("Minimum", elementwise("Maximum", x, bottom), top) - bottom
    steps = elementwise("Floor", elementwise("AddV2", inside * (1.0 / scale), x.builder.const(0.5)))
    found = elementwise("AddV2", steps * scale, bottom)
    nothing = elementwise(
        "LogicalAnd", *(elementwise("Equal", bound, bound.builder.like(bound, 0)) for bound in (low, high))
    )
    return select(nothing, x.builder.const(0.0), found)


def _nearest(x: Tensor) -> Tensor:
    """Whole numbers of numbers that are not negative, halves up; a half is added to what rounds it nowhere."""
    whole = elementwise("Floor", x)
    up = elementwise("GreaterEqual", elementwise("Sub", x, whole), x.builder.like(x, 0.5))
    return select(up, whole + 1.0, whole)


def _rounded_to_grid(use: Use) -> Operand:
    """A grid on both sides of 0, as fine as the larger side needs."""
    tell(use, use.text("T", "float32"))
    x, low, high = use.tensor(0), *_range(use)
    bits = use.integer(3, "the number of bits") if use.node.op == "QuantizeAndDequantizeV3" else use.attr("num_bits", 8)
    least, most = _grid(use, int(bits))
    from_low, from_high = (_scale(bound, end) for bound, end in ((low, least), (high, most)))
    by_low = elementwise("Less", from_low, from_high)
    scale = select(by_low, from_low, from_high)
    step = select(by_low, low / least if least else low, high / most)
    if use.attr("range_given", use.node.op == "QuantizeAndDequantizeV3"):
        x = elementwise("Maximum", elementwise("Minimum", x, select(by_low, step * most, high)),
                        select(by_low, low, step * least))  # fmt: skip
    scaled = elementwise("Mul", x, scale)
    up = use.text("round_mode", "HALF_TO_EVEN") == "HALF_UP"
    found = elementwise("Floor", scaled + 0.5) if up else elementwise("Round", scaled)
    return elementwise("Mul", found, step)


def _range(use: Use) -> tuple[Tensor, Tensor]:
    """The range of the operand along an axis, or of all of it, as it is given or found."""
    x, axis = use.tensor(0), int(use.attr("axis", -1))
    if use.attr("range_given", use.node.op == "QuantizeAndDequantizeV3"):
        low, high = use.tensor(1), use.tensor(2)
        if axis < 0:
            return reshape(low, ()), reshape(high, ())
        shape = [size if at == axis else 1 for at, size in enumerate(x.shape)]
        return reshape(low, tuple(shape)), reshape(high, tuple(shape))
    if 0 in x.shape:
        raise OpError("it has no elements whose range could be found")
    axes = [at for at in range(x.rank) if at != axis]
    low, high = (use.op(op, x, axes, keep_dims=axis >= 0) for op in ("Min", "Max"))
    return low, high


def _grid(use: Use, bits: int) -> tuple[float, float]:
    if not 1 <= bits <= 24:
        raise OpError(f"it has grids of {bits} bits, which float32 does not hold")
    if not use.attr("signed_input", True):
        return 0.0, float(2**bits - 1)
    return float(-(2 ** (bits - 1)) + bool(use.attr("narrow_range", False))), float(2 ** (bits - 1) - 1)


def _scale(bound: Tensor, end: float) -> Tensor:
    """What takes a bound to its end of the grid; a bound on the other side of 0 decides nothing."""
    most = bound.builder.const(LARGEST)
    if not end:
        return most
    same_side = elementwise("Greater", bound * end, bound.builder.like(bound, 0))
    return select(same_side, bound.builder.like(bound, end) / bound, most)


OPS: dict[str, Row] = {
    "FakeQuantWithMinMaxArgs": Op(_with_constants),
    "FakeQuantWithMinMaxVars": Op(_with_range),
    "FakeQuantWithMinMaxVarsPerChannel": Op(_with_range),
    "QuantizeAndDequantizeV2": Op(_rounded_to_grid),
    "QuantizeAndDequantizeV3": Op(_rounded_to_grid),
    "QuantizeAndDequantizeV4": Op(_rounded_to_grid),
}
