"""Numbers brought to scale, and categories as numbers: whole ones, bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, negate
from totfjs.recipes.reductions import reduced
from totfjs.recipes.shapes import reshape
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.normalization import axes_of
from totfjs.sources.keras.use import Flow, Use

# The least deviation that Keras divides by.
_LEAST = 1e-7
# Names that modes of output had before.
_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def _normalization_variables(layer: Layer) -> list[Variable]:
    if layer.config.get("mean") is not None:
        return []
    return [Variable(name, trained=False) for name in ("mean", "variance", "count")]


def _normalization(use: Use) -> Tensor:
    x = use.float(use.x)
    mean, deviation = _moments(use, x)
    if use.config.get("invert", False):
        return elementwise("AddV2", elementwise("Mul", x, use.builder.const(deviation)), use.builder.const(mean))
    return elementwise("RealDiv", elementwise("Sub", x, use.builder.const(mean)), use.builder.const(deviation))


def _moments(use: Use, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation, given or learned, along the axes that are kept."""
    given = use.config.get("mean") is not None
    values = [
        np.asarray(use.config[name] if given else use.layer.weights[name].numpy(), np.float32)
        for name in ("mean", "variance")
    ]
    kept = [] if use.config.get("axis", -1) is None else axes_of(use, x.rank)
    shape = [1] * x.rank
    for axis, size in zip(reversed(kept), reversed(values[0].shape), strict=False):
        shape[axis] = size
    first = next((axis for axis, size in enumerate(shape) if size != 1), x.rank)
    mean, variance = (value.reshape(shape[first:]) for value in values)
    return mean, np.maximum(np.sqrt(variance), np.float32(_LEAST))


def _rescaling(use: Use) -> Tensor:
    x = use.float(use.x)
    scale, offset = (np.asarray(use.config.get(key, other), np.float32) for key, other in (("scale", 1), ("offset", 0)))
    scaled = elementwise("Mul", x, use.builder.const(scale))
    return elementwise("AddV2", scaled, use.builder.const(offset)) if offset.any() else scaled


# --- categories ---


def encoded(use: Use, x: Tensor, depth: int, mode: str, weights: Tensor | None = None) -> Tensor:
    """Categories from 0 to `depth` as Keras encodes them; those outside count nowhere."""
    mode = _MODES.get(mode, mode)
    if use.config.get("sparse", False):
        raise use.refuse("it gives sparse tensors, which TensorFlow.js does not have")
    if mode == "int":
        return x if x.dtype is DType.INT32 else use.builder.op("Cast", x, DstT=DType.INT32)
    if mode == "one_hot":
        x = reshape(x, x.shape[:-1]) if x.rank > 1 and x.shape[-1] == 1 else x
        return _hot(use, x, depth)
    if mode == "multi_hot" or use.layer.generation < 3:
        x = x if x.dtype is DType.INT32 else use.builder.op("Cast", x, DstT=DType.INT32)
    axis = 1 if x.rank > 1 else 0
    if x.rank > 2 and use.layer.generation < 3:
        raise use.refuse(f"it counts in {x.rank} dims, which its generation of Keras does not")
    hot = _hot(use, x, depth)
    if mode == "multi_hot":
        return reduced("Max", hot, [axis])
    if weights is not None:
        hot = elementwise("Mul", hot, reshape(weights, (*weights.shape, 1)))
    return reduced("Sum", hot, [axis])


def _hot(use: Use, x: Tensor, depth: int) -> Tensor:
    """1 at the place of each category, 0 elsewhere."""
    places = use.builder.const(np.arange(depth, dtype=np.int32), x.dtype)
    hot = elementwise("Equal", reshape(x, (*x.shape, 1)), places)
    return use.builder.op("Cast", hot, DstT=kind_of_result(use))


def kind_of_result(use: Use) -> DType:
    """The dtype that the layer's argument `dtype` asks for."""
    dtype = use.config.get("dtype")
    if isinstance(dtype, Mapping):
        dtype = (dtype.get("config") or {}).get("name")
    return DType.INT32 if str(dtype).startswith(("int", "uint")) else DType.FLOAT32


def _category_encoding(use: Use) -> Tensor:
    given = use.args[1] if len(use.args) > 1 else use.kwargs.get("count_weights")
    weights = use.float(given.tensor) if isinstance(given, Flow) else None
    return encoded(use, use.x, use.config["num_tokens"], use.config.get("output_mode", "multi_hot"), weights)


def _discretization(use: Use) -> Tensor:
    """The number of boundaries that are not above each number; all of them for NaN."""
    bounds = _boundaries(use)
    if (np.diff(bounds) < 0).any():
        raise use.refuse("its boundaries do not rise")
    x = use.float(use.x)
    below = elementwise("Less", reshape(x, (*x.shape, 1)), use.builder.const(bounds))
    found = use.builder.op("Sum", use.builder.op("Cast", negate(below), DstT=DType.INT32), [x.rank])
    return encoded(use, found, bounds.size + 1, use.config.get("output_mode", "int"))


def _boundaries(use: Use) -> np.ndarray:
    given = use.config.get("bin_boundaries")
    if given is not None:
        return np.asarray(given, np.float32)
    if "summary" not in use.layer.weights:
        raise use.refuse("it has no boundaries", "Adapt the layer, or give it bin_boundaries.")
    return _quantiles(use.layer.weights["summary"].numpy(), int(use.config["num_bins"]))


def _quantiles(summary: np.ndarray, count: int) -> np.ndarray:
    """The boundaries of bins of equal weight, from values and their weights as the layer learned them."""
    if summary.shape[1] < count:
        return summary[0, :-1].astype(np.float32)
    shares = np.cumsum(summary[1]) / np.sum(summary[1])
    steps = 1 / count + np.arange(0.0, 1.0, 1 / count)
    found: np.ndarray = np.interp(steps, shares, summary[0])[:-1].astype(np.float32)
    return found


def _discretization_variables(layer: Layer) -> Sequence[Variable]:
    """Older Keras kept what it learned as a variable, without a size of its own."""
    learned = layer.generation < 3 and layer.config.get("bin_boundaries") is None
    return [Variable("summary", trained=False, optional=True)] if learned else []


LAYERS: Mapping[str, Any] = {
    "Normalization": Kind(_normalization, _normalization_variables, masks=True),
    "Rescaling": Kind(_rescaling, masks=True),
    "CategoryEncoding": Kind(_category_encoding),
    "Discretization": Kind(_discretization, _discretization_variables),
}
