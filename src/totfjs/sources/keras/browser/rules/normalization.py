"""Normalisations by stored moments and by those of the input."""

from __future__ import annotations

from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.spatial import product, reshaped
from totfjs.sources.keras.browser.use import Use


def _axes(use: Use, rank: int) -> list[int]:
    axis = use.get("axis", -1)
    return sorted(each % rank for each in (axis if isinstance(axis, list | tuple) else [axis]))


def _batch(use: Use) -> Flow:
    x = use.float(use.x)
    (axis, *more) = _axes(use, x.rank)
    if more or axis == 0 or use.get("renorm", False) or use.get("virtual_batch_size") is not None:
        raise Obstacle("tfjs-layers lacks what its arguments ask for")
    if axis == x.rank - 1:
        return _of_last(use, x)
    order = [each for each in range(1, x.rank) if each != axis] + [axis]
    back = [order.index(each) + 1 for each in range(1, x.rank)]
    moved = use.emit("Permute", x, (x.shape[0], *(x.shape[each] for each in order)), "last", dims=order)
    return use.emit("Permute", _of_last(use, moved), x.shape, "back", dims=back)


def _of_last(use: Use, x: Flow) -> Flow:
    """Over the last dim; TensorFlow.js takes four dims at most."""
    used = [name for name, key in (("gamma", "scale"), ("beta", "center")) if use.get(key, True)]
    if len(used) < 2:
        use.untrained("TensorFlow.js cannot train it without scale and center")
    if not use.layer.trainable:
        use.untrained("it is frozen, and TensorFlow.js would go on to update its moments")
    config = use.prepared(*used)
    shape = x.shape
    if x.rank > 4:
        x = reshaped(use, x, (product(*shape[1:-1]), shape[-1]), "flat")
    weights = use.weights(*used, "moving_mean", "moving_variance")
    config |= {"epsilon": use.get("epsilon", 1e-3), "center": "beta" in used, "scale": "gamma" in used}
    momentum = use.get("momentum", 0.99)
    flow = use.emit("BatchNormalization", x, x.shape, "", weights, axis=-1, momentum=momentum, **config)
    return reshaped(use, flow, shape[1:], "shaped")


def _layer(use: Use) -> Flow:
    x = use.float(use.x)
    axes = _axes(use, x.rank)
    if use.get("rms_scaling", False) or 0 in axes:
        raise Obstacle("tfjs-layers lacks what its arguments ask for")
    shape, own = x.shape, {"axis": axes}
    if x.rank > 4 and axes == [x.rank - 1]:
        x, own = reshaped(use, x, (product(*shape[1:-1]), shape[-1]), "flat"), {"axis": [2]}
    if x.rank > 4:
        raise Obstacle("tfjs-layers takes four dims at most")
    used = [name for name, key in (("gamma", "scale"), ("beta", "center")) if use.get(key, True)]
    config = use.prepared(*used)
    sizes = [shape[axis] for axis in axes]
    if None in sizes:
        raise Obstacle("it has dims that are dynamic")
    weights = [(name, array.reshape([size or 0 for size in sizes])) for name, array in use.weights(*used)]
    flow = use.emit("LayerNormalization", x, x.shape, "", weights, epsilon=use.get("epsilon", 1e-3),
                    center="beta" in used, scale="gamma" in used, **own, **config)  # fmt: skip
    return reshaped(use, flow, shape[1:], "shaped")


LAYERS = {
    "BatchNormalization": _batch,
    "SyncBatchNormalization": _batch,
    "LayerNormalization": _layer,
}
