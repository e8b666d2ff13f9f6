"""Whether an output of TensorFlow.js is what JAX computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# What TensorFlow.js gives for each dtype of JAX.
CARRIED = {
    **dict.fromkeys(("float32", "float16", "bfloat16"), np.dtype(np.float32)),
    **dict.fromkeys(("int32", "int16", "int8", "uint32", "uint16", "uint8"), np.dtype(np.int32)),
    "bool": np.dtype(np.bool_),
    "complex64": np.dtype(np.complex64),
}
TOLERANCE = 1e-5
# Four units in the last place of a half: what a few roundings make, which float32 does not do.
HALVES = {"float16": 4 * 2.0**-11, "bfloat16": 4 * 2.0**-8}
# Functions with zeros lose relative precision beside them: an error of two units in the last place of 1 is none.
NEAR_ZERO = 2.0**-22


def carried(array: np.ndarray) -> np.ndarray:
    """An array of JAX in the dtype that TensorFlow.js has for it; uint32 keeps its bits."""
    target = CARRIED[array.dtype.name]
    return array.view(np.int32) if array.dtype == np.uint32 else array.astype(target)


def apart(name: str, array: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What is fed for an array: complex numbers as their parts."""
    if array.dtype.kind != "c":
        return [(name, array)]
    return [(f"{name}.{part}", np.array(getattr(array, part))) for part in ("real", "imag")]


def together(outputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs of a model; parts of complex numbers, which follow one another, as these."""
    results: list[np.ndarray] = []
    for name, array in outputs.items():
        if name.endswith(".imag"):
            whole = np.empty(array.shape, np.complex64)
            whole.real, whole.imag = results[-1], array
            results[-1] = whole
        else:
            results.append(array)
    return results


def difference(actual: np.ndarray, expected: np.ndarray, tolerance: float, by_scale: bool) -> str | None:
    """In which way an output differs from JAX's, or None when it does not.

    Bools and integers are equal; NaN and infinities are in the same places. Finite numbers differ by at most the
    tolerance: of each element, or `by_scale` of the largest one, where elements are sums of products.
    """
    wanted = carried(expected)
    if actual.shape != wanted.shape or actual.dtype != wanted.dtype:
        return f"{actual.dtype}{list(actual.shape)} where JAX has {wanted.dtype}{list(wanted.shape)}"
    if wanted.dtype.kind == "c":
        parts = (difference(getattr(actual, p), getattr(wanted, p), tolerance, by_scale) for p in ("real", "imag"))
        close = _close(actual, wanted, tolerance)
        return next((part for part in parts if part), None) if not close else None
    if wanted.dtype.kind != "f":
        return _first(actual, wanted, actual != wanted)
    half = expected.dtype.name in HALVES
    rounded = _rounded(actual, expected) if half else actual
    return _floats(rounded, wanted, HALVES[expected.dtype.name] if half else tolerance, by_scale)


def _floats(actual: np.ndarray, wanted: np.ndarray, tolerance: float, by_scale: bool) -> str | None:
    odd = ~np.isfinite(wanted) | ~np.isfinite(actual)
    if odd.any():
        bad = odd & ~((actual == wanted) | (np.isnan(actual) & np.isnan(wanted)))
        if bad.any():
            return _first(actual, wanted, bad)
    with np.errstate(all="ignore"):
        error = np.where(odd, 0, np.abs(actual.astype(np.float64) - wanted))
    size = np.where(odd, 0, np.abs(wanted.astype(np.float64)))
    allowed = tolerance * size.max(initial=0) if by_scale else tolerance * size + NEAR_ZERO
    return _first(actual, wanted, error > np.maximum(allowed, np.finfo(np.float32).tiny))


def _close(actual: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    """Complex numbers are near one another as numbers of the plane."""
    if not (np.isfinite(actual).all() and np.isfinite(wanted).all()):
        return False
    error = np.abs(actual.astype(np.complex128) - wanted)
    return bool((error <= tolerance * np.abs(wanted).max(initial=0)).all())


def _rounded(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """What the half that JAX gives would hold of our float32: large numbers are infinite there."""
    with np.errstate(over="ignore"):
        return actual.astype(expected.dtype).astype(np.float32)


def _first(actual: np.ndarray, wanted: np.ndarray, bad: np.ndarray) -> str | None:
    if not bad.any():
        return None
    place = tuple(int(index) for index in np.argwhere(bad)[0])
    return f"{int(bad.sum())} of {bad.size} elements; at {list(place)} {actual[place]} where JAX has {wanted[place]}"
