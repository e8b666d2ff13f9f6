"""Layers that are activations."""

from __future__ import annotations

from collections.abc import Callable

from totfjs.sources.keras.browser.activations import rescaled
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.spatial import permuted
from totfjs.sources.keras.browser.use import Use


def _negated_relu(use: Use, x: Flow, part: str, offset: float = 0.0) -> Flow:
    """What the tensor lacks to the offset, where it lacks any."""
    return use.emit("ReLU", rescaled(use, x, f"{part}_negated", -1.0, offset), x.known_shape, part)


def _relu(use: Use) -> Flow:
    x, slope, threshold = use.x, float(use.get("negative_slope", 0.0)), float(use.get("threshold", 0.0))
    most = use.get("max_value")
    limit = {} if most is None else {"max_value": most}
    if most is not None and most <= 0:
        raise Obstacle("tfjs-layers lacks a ReLU with a max_value that is not positive")
    if threshold == 0 and slope == 0:
        return use.emit("ReLU", x, x.known_shape, **limit)
    if threshold == 0 and most is None:
        return use.emit("LeakyReLU", x, x.known_shape, alpha=slope)
    if threshold < 0 or (most is not None and threshold > most):
        raise Obstacle("tfjs-layers lacks a ReLU with a negative threshold, or one above max_value")
    upper = x
    if threshold > 0:
        upper = use.emit("ThresholdedReLU", x, x.known_shape, "" if not slope and most is None else "upper",
                         theta=threshold)  # fmt: skip
    if most is not None or threshold == 0:
        upper = use.emit("ReLU", upper, x.known_shape, "" if not slope else "limited", **limit)
    if not slope:
        return upper
    lower = rescaled(use, _negated_relu(use, x, "lower", threshold), "slope", -slope)
    return use.emit("Add", [upper, lower], x.known_shape)


def _leaky_relu(use: Use) -> Flow:
    x = use.x
    return use.emit("LeakyReLU", x, x.known_shape, alpha=float(use.get("negative_slope", 0.3)))


def _thresholded_relu(use: Use) -> Flow:
    x = use.x
    return use.emit("ThresholdedReLU", x, x.known_shape, theta=float(use.get("theta", 1.0)))


def _elu(use: Use) -> Flow:
    x, alpha = use.x, float(use.get("alpha", 1.0))
    if alpha == 1.0:
        return use.emit("ELU", x, x.known_shape, alpha=1.0)
    below = rescaled(use, _negated_relu(use, x, "below"), "below_zero", -1.0)
    curve = rescaled(use, use.emit("ELU", below, x.known_shape, "curve", alpha=1.0), "scaled", alpha)
    return use.emit("Add", [use.emit("ReLU", x, x.known_shape, "above"), curve], x.known_shape)


def _prelu(use: Use) -> Flow:
    x, shared = use.x, use.get("shared_axes")
    config = use.prepared("alpha")
    alpha = list(use.weight("alpha").shape)
    while alpha[:1] == [1]:
        del alpha[0]
    if alpha != list(x.shape[x.rank - len(alpha) :]):
        raise Obstacle("TensorFlow.js on wasm takes alpha for the last dims alone")
    return use.emit("PReLU", x, x.shape, weights=use.weights("alpha"), shared_axes=shared, **config)


def _softmax(use: Use) -> Flow:
    x, axis = use.x, use.get("axis", -1)
    use.reads_mask(x)
    if x.given is not None:
        raise Obstacle("Keras sets what is masked to zero, TensorFlow.js does not")
    axes = [each % x.rank for each in (axis if isinstance(axis, list | tuple) else [axis])]
    if 0 in axes:
        raise Obstacle("it is taken over the batch")
    if axes == [x.rank - 1]:
        return use.emit("Softmax", x, x.shape, axis=-1)
    if len(axes) > 1:
        raise Obstacle("infinities over several axes are other numbers in Keras")
    order = [each for each in range(1, x.rank) if each != axes[0]] + axes
    back = [order.index(each) + 1 for each in range(1, x.rank)]
    moved = permuted(use, x, order, "moved")
    return permuted(use, use.emit("Softmax", moved, moved.shape, "last", axis=-1), back, "")


def _of_floats(rule: Callable[[Use], Flow]) -> Callable[[Use], Flow]:
    """A rule for floats: of whole numbers Keras gives whole numbers, and backends of TensorFlow.js differ."""

    def checked(use: Use) -> Flow:
        if use.x.source is not None and use.x.dtype != "float32":
            raise Obstacle("it is called with whole numbers")
        return rule(use)

    return checked


_RULES = {
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ThresholdedReLU": _thresholded_relu,
    "ELU": _elu,
    "PReLU": _prelu,
    "Softmax": _softmax,
}
LAYERS = {name: _of_floats(rule) for name, rule in _RULES.items()}
