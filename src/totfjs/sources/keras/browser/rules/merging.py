"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from totfjs.sources.keras.browser.activations import rescaled
from totfjs.sources.keras.browser.flow import Flow, Obstacle, Shape
from totfjs.sources.keras.browser.rules.core import identity
from totfjs.sources.keras.browser.use import Use


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape of what is merged; fewer dims are those after the batch."""
    rank = max(map(len, shapes))
    grown = [(shape[0], *(1,) * (rank - len(shape)), *shape[1:]) for shape in shapes]
    return tuple(_one(sizes) for sizes in zip(*grown, strict=True))


def _one(sizes: Sequence[int | None]) -> int | None:
    wide = {size for size in sizes if size != 1}
    if len(wide) > 1 and None in wide:
        raise Obstacle("it merges a dynamic dim with one that is not")
    return wide.pop() if wide else 1


def _several(use: Use) -> list[Flow]:
    mixed = len({x.dtype for x in use.xs}) > 1 or use.layer.kind == "Average"
    xs = [replace(use.float(x), mask=x.mask, given=x.given) if mixed else x for x in use.xs]
    masks = [x.given for x in xs]
    if len(xs) > 2 and any(masks) and not all(masks):
        raise Obstacle("TensorFlow.js fails where some of its inputs have masks")
    return xs


def _given(use: Use, flow: Flow, xs: Sequence[Flow]) -> Flow:
    """The result with the mask that tfjs-layers makes, which is not Keras' own."""
    if not any(x.given for x in xs):
        return flow
    return Flow(flow.source, flow.known_shape, given=f"tfjs-layers' {use.layer.kind} of masks")


def _typed(flow: Flow, xs: Sequence[Flow]) -> Flow:
    """Whole numbers stay whole in Keras."""
    dtypes = {x.dtype for x in xs}
    return replace(flow, dtype="float32" if "float32" in dtypes else dtypes.pop())


def merged(use: Use, kind: str, xs: Sequence[Flow]) -> Flow:
    """Tensors of equal rank merged by a layer of tfjs-layers."""
    return _given(use, use.emit(kind, xs, _broadcast([x.shape for x in xs])), xs)


def _merge(use: Use) -> Flow:
    xs = _several(use)
    if use.layer.kind in _MASKED and use.generation >= 3 and any(x.mask for x in use.xs):
        raise Obstacle("Keras leaves out what is masked, tfjs-layers does not")
    if len(xs) == 1:
        return identity(use)
    return _typed(_given(use, use.emit(use.layer.kind, xs, _broadcast([x.shape for x in xs])), xs), xs)


def _subtract(use: Use) -> Flow:
    xs = _several(use)
    if len(xs) != 2:
        raise Obstacle("it subtracts more than one tensor")
    taken = rescaled(use, xs[1], "negated", -1.0)
    return _typed(_given(use, use.emit("Add", [xs[0], taken], _broadcast([x.shape for x in xs])), xs), xs)


def _concatenate(use: Use) -> Flow:
    xs = _several(use)
    if len(xs) == 1:
        return identity(use)
    rank = xs[0].rank
    axis = use.get("axis", -1) % rank
    others = {tuple(size for index, size in enumerate(x.shape) if index != axis) for x in xs}
    if axis == 0 or len(others) > 1:
        raise Obstacle("it joins along the batch, or dims of which some are dynamic")
    joined = [x.shape[axis] for x in xs]
    length = None if None in joined else sum(size or 0 for size in joined)
    shape = (*xs[0].shape[:axis], length, *xs[0].shape[axis + 1 :])
    if any(x.given for x in xs) and axis != rank - 1:
        raise Obstacle("TensorFlow.js fails to join the masks of its inputs")
    return _typed(_given(use, use.emit("Concatenate", xs, shape, axis=axis), xs), xs)


def _dot(use: Use) -> Flow:
    xs = _several(use)
    if len(xs) != 2 or any(x.rank > 3 for x in xs):
        raise Obstacle("tfjs-layers takes two tensors of three dims at most")
    if use.get("normalize", False):
        raise Obstacle("tfjs-layers normalises short vectors otherwise")
    given = use.get("axes")
    axes = [axis % x.rank for axis, x in zip([given] * 2 if isinstance(given, int) else given, xs, strict=True)]
    if 0 in axes:
        raise Obstacle("it contracts the batch")
    left, right = ([size for index, size in enumerate(x.shape) if index not in (0, axis)]
                   for x, axis in zip(xs, axes, strict=True))  # fmt: skip
    shape = (xs[0].shape[0], *left, *right) if left or right else (xs[0].shape[0], 1)
    return use.emit("Dot", xs, shape, axes=axes, normalize=False)


_MASKED = ("Multiply", "Maximum", "Minimum")
_SAME: tuple[str, ...] = ("Add", "Multiply", "Average", "Maximum", "Minimum")
LAYERS: dict[str, Callable[[Use], Flow]] = {
    **dict.fromkeys(_SAME, _merge),
    "Subtract": _subtract,
    "Concatenate": _concatenate,
    "Dot": _dot,
}
