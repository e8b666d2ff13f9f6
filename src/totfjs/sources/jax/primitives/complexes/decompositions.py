"""Primitives of complex numbers that are lowered from what JAX makes of simpler ones: products, and extremes by order.

The larger of two is that with the larger real part, of equal ones with the larger imaginary part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import COMPLEX
from totfjs.sources.jax.monoids import kinds_of

Params: TypeAlias = Mapping[str, Any]
Combine: TypeAlias = Callable[[Any, Any], Any]
# Updates that are written one after the other.
MOST_UPDATES = 64


def decomposed(equation: Any) -> Any | None:
    """The closed jaxpr that an equation of complex numbers stands for, or None."""
    atoms = (*equation.invars, *equation.outvars)
    found = _RULES.get(equation.primitive.name)
    if found is None or not any(atom.aval.dtype == COMPLEX for atom in atoms):
        return None
    import jax

    with _compat.thirty_two_bits():
        return jax.make_jaxpr(lambda *xs: found(equation.params, *xs))(*(atom.aval for atom in equation.invars))


def _check_known(length: Any) -> None:
    if not isinstance(length, int):
        raise OpError(f"of complex numbers, the length {length} of the axis has to be known")


def _extreme(kind: str) -> Combine:
    def combine(a: Any, b: Any) -> Any:
        from jax import lax

        first = lax.gt if kind == "max" else lax.lt
        tie = lax.eq(lax.real(a), lax.real(b))
        chosen = lax.select(tie, first(lax.imag(a), lax.imag(b)), first(lax.real(a), lax.real(b)))
        return lax.select(chosen, a, b)

    return combine


def _times(a: Any, b: Any) -> Any:
    from jax import lax

    return lax.mul(a, b)


def _plus(a: Any, b: Any) -> Any:
    from jax import lax

    return lax.add(a, b)


def _elementwise(combine: Combine) -> Callable[..., Any]:
    def rule(params: Params, a: Any, b: Any) -> Any:
        import jax

        return combine(*jax.numpy.broadcast_arrays(a, b))

    return rule


def _reduction(combine: Combine, neutral: complex) -> Callable[..., Any]:
    """Neighbours are combined until one is left."""

    def rule(params: Params, x: Any) -> Any:
        from jax import lax

        axes = [int(axis) for axis in params["axes"]]
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        shape, length = [x.shape[axis] for axis in kept], prod(x.shape[axis] for axis in axes)
        _check_known(length)
        x = lax.reshape(lax.transpose(x, [*axes, *kept]), (length, *shape))
        while length > 1:
            half = length // 2
            pairs = combine(x[:half], x[half : 2 * half])
            x = lax.concatenate([pairs, x[2 * half :]], 0) if length % 2 else pairs
            length -= half
        return x[0] if length else lax.full(shape, np.complex64(neutral))

    return rule


def _running(combine: Combine) -> Callable[..., Any]:
    def rule(params: Params, x: Any) -> Any:
        from jax import lax

        _check_known(x.shape[params["axis"]])
        return lax.associative_scan(combine, x, reverse=params["reverse"], axis=params["axis"])

    return rule


def _windows(combine: Combine, neutral: complex) -> Callable[..., Any]:
    def rule(params: Params, x: Any) -> Any:
        from jax import lax

        sizes, steps = params["window_dimensions"], params["window_strides"]
        apart = params.get("window_dilation") or (1,) * x.ndim
        gaps = zip(params["padding"], params.get("base_dilation") or (1,) * x.ndim, strict=True)
        padded = lax.pad(x, np.complex64(neutral), [(low, high, gap - 1) for (low, high), gap in gaps])
        rows = zip(padded.shape, sizes, steps, apart, strict=True)
        counts = [(length - (size - 1) * gap - 1) // step + 1 for length, size, step, gap in rows]

        def tap(place: tuple[int, ...]) -> Any:
            starts = [at * gap for at, gap in zip(place, apart, strict=True)]
            stops = [start + (n - 1) * step + 1 for start, n, step in zip(starts, counts, steps, strict=True)]
            return lax.slice(padded, starts, stops, steps)

        return reduce(combine, map(tap, product(*map(range, sizes))))

    return rule


def _windows_by_function(params: Params, *operands: Any) -> list[Any]:
    """Windows reduced by a function of the user's, which has to be a monoid on each operand."""
    import jax

    values, starts = operands[: len(operands) // 2], operands[len(operands) // 2 :]
    kinds = kinds_of(params["jaxpr"], tuple(x.dtype.name for x in values))
    if kinds is None or any(x.dtype != COMPLEX for x in values):
        raise OpError("a reduction by a function other than a sum, product, maximum or minimum is not supported")
    totals = [_windows(*_MONOIDS[kind])(params, x) for kind, x in zip(kinds, values, strict=True)]
    return [
        _MONOIDS[kind][0](jax.numpy.broadcast_to(start, total.shape), total)
        for kind, start, total in zip(kinds, starts, totals, strict=True)
    ]


def _scatter(combine: Combine) -> Callable[..., Any]:
    """One update after the other: the place is read, combined with the update, and written."""

    def rule(params: Params, x: Any, indices: Any, updates: Any) -> Any:
        from jax import lax

        numbers, count = params["dimension_numbers"], prod(indices.shape[:-1])
        _check_known(count)
        if numbers.operand_batching_dims or count > MOST_UPDATES:
            raise OpError(
                f"more than {MOST_UPDATES} updates, or batches of them, are not supported for complex numbers"
            )
        window = [int(axis) for axis in numbers.update_window_dims]
        order = [*(axis for axis in range(updates.ndim) if axis not in window), *window]
        sizes = [updates.shape[axis] for axis in window]
        values = lax.reshape(lax.transpose(updates, order), (count, *sizes))
        rows = lax.reshape(indices, (count, indices.shape[-1]))
        kept = iter(sizes)
        slices = [1 if axis in numbers.inserted_window_dims else next(kept) for axis in range(x.ndim)]
        mode = params["mode"]
        offsets = tuple(range(len(window)))
        read = lax.GatherDimensionNumbers(offsets, numbers.inserted_window_dims, numbers.scatter_dims_to_operand_dims)
        write = lax.ScatterDimensionNumbers(offsets, numbers.inserted_window_dims, numbers.scatter_dims_to_operand_dims)
        for place, value in zip(rows, values, strict=True):
            before = lax.gather(x, place, read, slices, mode=mode)
            x = lax.scatter(x, place, combine(before, value), write, mode=mode)
        return x

    return rule


_larger, _smaller = _extreme("max"), _extreme("min")
_LEAST, _MOST = complex(-np.inf, -np.inf), complex(np.inf, np.inf)
_MONOIDS: dict[str, tuple[Combine, complex]] = {
    "max": (_larger, _LEAST), "min": (_smaller, _MOST), "prod": (_times, 1), "sum": (_plus, 0),
}  # fmt: skip
_ORDERED = ("max", "min")

_RULES: dict[str, Callable[..., Any]] = {
    "max": _elementwise(_larger),
    "min": _elementwise(_smaller),
    **{f"reduce_{kind}": _reduction(*_MONOIDS[kind]) for kind in (*_ORDERED, "prod")},
    **{f"cum{kind}": _running(_MONOIDS[kind][0]) for kind in (*_ORDERED, "prod")},
    **{f"reduce_window_{kind}": _windows(*_MONOIDS[kind]) for kind in _ORDERED},
    "reduce_window": _windows_by_function,
    "scatter-mul": _scatter(_times),
    "scatter-max": _scatter(_larger),
    "scatter-min": _scatter(_smaller),
}
