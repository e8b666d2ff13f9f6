"""Powers as products, and factors that can be merged without a rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Value
from totfjs.graph.types import DType
from totfjs.passes.constants import all_equal, scalar
from totfjs.passes.rewriting import Rule, Site

# Within two units in the last place of the power; from the fifth on products drift further.
PRODUCTS: dict[float, Callable[[Site, Value], Tensor]] = {
    2.0: lambda site, x: site.op("Square", x),
    3.0: lambda site, x: site.op("Mul", site.op("Square", x), x),
    4.0: lambda site, x: site.op("Square", site.op("Square", x)),
    -1.0: lambda site, x: site.op("Reciprocal", x),
    -2.0: lambda site, x: site.op("Reciprocal", site.op("Square", x)),
}
ROOTS: dict[float, str] = {0.5: "Sqrt", -0.5: "Rsqrt"}
# Ops whose results are never below zero (NaN aside) and never negative zero.
NEVER_NEGATIVE = ("Square", "Abs", "Relu", "Relu6", "Exp", "Sigmoid", "Softplus", "Softmax")
SUMS = ("AddV2", "Mean", "Sum")


def _is_float(site: Site) -> bool:
    return site.node.types[0].dtype is DType.FLOAT32


def _power(site: Site) -> Tensor | None:
    exponent = scalar(site.constant(site.inputs[1]))
    if exponent is None or not _is_float(site):
        return None
    if exponent in ROOTS and never_negative(site, site.inputs[0]):
        return site.op(ROOTS[exponent], site.inputs[0])
    return PRODUCTS[exponent](site, site.inputs[0]) if exponent in PRODUCTS else None


def never_negative(site: Site, value: Value, depth: int = 4) -> bool:
    """Whether a value cannot be below zero; roots differ from powers there, and at negative zero."""
    constant = site.constant(value)
    if constant is not None:
        return bool((constant >= 0).all() and not np.signbit(constant).any())
    node = site.producer(value, *NEVER_NEGATIVE, *SUMS)
    if node is None or node.op in NEVER_NEGATIVE:
        return node is not None
    addends = site.operands(node)[: 2 if node.op == "AddV2" else 1]
    return depth > 0 and all(never_negative(site, addend, depth - 1) for addend in addends)


def _square(site: Site) -> Tensor | None:
    first, second = site.inputs
    return site.op("Square", first) if first == second and _is_float(site) else None


def _merge_factors(site: Site) -> Tensor | None:
    """(x * a) * b = x * (a * b), exact where one factor is a power of two."""
    outer = site.with_constant()
    node = site.inner(outer[0], "Mul") if outer else None
    inner = site.with_constant(node) if node else None
    if outer is None or inner is None or not (_power_of_two(outer[1]) or _power_of_two(inner[1])):
        return None
    with np.errstate(all="ignore"):
        factor = np.asarray(inner[1] * outer[1], np.float32)
    if not _normal(factor) or factor.size > max(inner[1].size, outer[1].size):
        return None
    return site.op("Mul", inner[0], site.const(factor, f"{site.node.name}/factor"))


def _cancel_factors(site: Site) -> Tensor | None:
    """(x * a) * (y / a) = x * y for a power of two."""
    sides = [(node, site.with_constant(node)) for value in site.inputs if (node := site.inner(value, "Mul"))]
    factors = [(pair[0], scalar(pair[1])) for _, pair in sides if pair is not None and _power_of_two(pair[1])]
    if len(factors) != 2 or factors[0][1] is None or factors[1][1] is None or factors[0][1] * factors[1][1] != 1:
        return None
    return site.op("Mul", factors[0][0], factors[1][0])


def _cubic(site: Site) -> Tensor | None:
    """k * (x + c * x³) = x * (k + k * c * x²): what the sigmoid of a GELU is taken of, with two ops less."""
    outer = site.with_constant()
    total = site.inner(outer[0], "AddV2") if outer else None
    factor = scalar(outer[1]) if outer else None
    if total is None or factor is None or not _is_float(site):
        return None
    for x, other in (site.operands(total), site.operands(total)[::-1]):
        scaled = site.inner(other, "Mul")
        pair = site.with_constant(scaled) if scaled else None
        coefficient = scalar(pair[1]) if pair else None
        if pair is None or coefficient is None or not _is_cube(site, pair[0], x) or site.type(x) != total.types[0]:
            continue
        numbers = np.array([factor * coefficient, factor], np.float32)
        if not _normal(numbers):
            return None
        of_square, of_one = (site.const(number, f"{site.node.name}/coefficient") for number in numbers)
        return site.op("Mul", x, site.op("AddV2", site.op("Mul", site.op("Square", x), of_square), of_one))
    return None


def _scaled_polynomial(site: Site) -> Tensor | None:
    """k * (x * (a * y + b)) = x * (k * a * y + k * b)."""
    outer = site.with_constant()
    product = site.inner(outer[0], "Mul") if outer else None
    factor = scalar(outer[1]) if outer else None
    if product is None or factor is None or not _is_float(site):
        return None
    for x, other in (site.operands(product), site.operands(product)[::-1]):
        total = site.inner(other, "AddV2")
        last = site.with_constant(total) if total else None
        node = site.inner(last[0], "Mul") if last else None
        first = site.with_constant(node) if node else None
        numbers = [scalar(pair[1]) for pair in (first, last) if pair is not None]
        scaled = np.array([factor * number for number in numbers if number is not None], np.float32)
        if first is None or len(scaled) < 2 or not _normal(scaled) or other == x:
            continue
        of_y, of_one = (site.const(number, f"{site.node.name}/coefficient") for number in scaled)
        return site.op("Mul", x, site.op("AddV2", site.op("Mul", first[0], of_y), of_one))
    return None


def _is_cube(site: Site, value: Value, x: Value) -> bool:
    node = site.inner(value, "Mul")
    operands = site.operands(node) if node else ()
    squares = [site.inner(other, "Square") for other in operands if other != x]
    return len(squares) == 1 and squares[0] is not None and site.operands(squares[0]) == (x,)


def _power_of_two(values: np.ndarray) -> bool:
    factor = scalar(values) if values.dtype == np.float32 else None
    return factor is not None and np.isfinite(factor) and abs(np.frexp(factor)[0]) == 0.5


def _normal(values: np.ndarray) -> bool:
    """Neither overflown nor denormal, so that nothing was rounded."""
    sizes = np.abs(values)
    return bool(np.isfinite(values).all() and ((sizes >= np.finfo(np.float32).tiny) | (sizes == 0)).all())


def _minus(site: Site) -> Tensor | None:
    """x + -y = x - y, and x - -y = x + y."""
    first, second = site.inputs
    other = {"AddV2": "Sub", "Sub": "AddV2"}[site.node.op]
    if node := site.inner(second, "Neg"):
        return site.op(other, first, site.operands(node)[0])
    if site.node.op == "AddV2" and (node := site.inner(first, "Neg")):
        return site.op("Sub", second, site.operands(node)[0])
    return None


def _reciprocal_root(site: Site) -> Tensor | None:
    """1 / sqrt(x) = rsqrt(x)."""
    if site.node.op == "RealDiv" and not all_equal(site.constant(site.inputs[0]), 1):
        return None
    node = site.inner(site.inputs[-1], "Sqrt")
    return site.op("Rsqrt", site.operands(node)[0]) if node else None


RULES = (
    Rule("power as a product", ("Pow",), _power),
    Rule("x * x", ("Mul",), _square),
    Rule("factors that merge", ("Mul",), _merge_factors),
    Rule("factors that cancel", ("Mul",), _cancel_factors),
    Rule("k * (x + c * x³)", ("Mul",), _cubic),
    Rule("k * (x * (a * y + b))", ("Mul",), _scaled_polynomial),
    Rule("x + -y", ("AddV2", "Sub"), _minus),
    Rule("1 / sqrt(x)", ("RealDiv", "Reciprocal"), _reciprocal_root),
)
