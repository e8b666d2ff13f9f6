"""Ops that give back their operand, and pairs of ops that undo each other."""

from __future__ import annotations

from totfjs.graph.graph import Value
from totfjs.passes.constants import all_equal
from totfjs.passes.rewriting import Apply, Rule, Site

# Ops that compute nothing where the type of the result is that of the first operand.
NOTHING_WHERE_TYPES_AGREE = (
    "Identity", "StopGradient", "Snapshot", "Cast", "Reshape", "ExpandDims", "Squeeze", "BroadcastTo", "Tile", "Slice",
    "Pad", "PadV2", "MirrorPad",
)  # fmt: skip


def _operand(site: Site) -> Value | None:
    """The first operand; the driver sees to it that the types agree."""
    return site.inputs[0]


def _right(number: float) -> Apply:
    """x op number = x."""
    return lambda site: site.inputs[0] if all_equal(site.constant(site.inputs[1]), number) else None


def _left(number: float) -> Apply:
    """number op x = x."""
    return lambda site: site.inputs[1] if all_equal(site.constant(site.inputs[0]), number) else None


def _twice(site: Site) -> Value | None:
    """f(f(x)) = x; not for 1 / (1 / x), which may round."""
    inner = site.producer(site.inputs[0], site.node.op)
    return site.operands(inner)[0] if inner else None


def _single(site: Site) -> Value | None:
    """A concatenation of one part, its axis aside."""
    return site.inputs[0] if len(site.inputs) == 2 else None


def _whole(site: Site) -> Value | None:
    """A strided slice of everything, forwards."""
    return site.inputs[0] if all_equal(site.constant(site.inputs[3]), 1) else None


RULES = (
    Rule("no change of type, no change", NOTHING_WHERE_TYPES_AGREE, _operand),
    Rule("f(f(x)) = x", ("Neg", "LogicalNot"), _twice),
    Rule("concat of one", ("ConcatV2",), _single),
    Rule("x[::1] = x", ("StridedSlice",), _whole),
    Rule("x + 0 = x, x - 0 = x", ("AddV2", "BiasAdd", "Sub"), _right(0)),
    Rule("0 + x = x", ("AddV2",), _left(0)),
    Rule("x * 1 = x, x / 1 = x, x ** 1 = x", ("Mul", "RealDiv", "Pow"), _right(1)),
    Rule("1 * x = x", ("Mul",), _left(1)),
)
