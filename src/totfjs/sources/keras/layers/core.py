"""Dense products and what does nothing at inference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.recipes.einsum import einsum
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.activations import activate, held
from totfjs.sources.keras.layers.kind import Kind, Variable, weights
from totfjs.sources.keras.layers.lora import adapted, with_lora
from totfjs.sources.keras.use import Use


def with_bias(*names: str) -> Callable[[Layer], Sequence[Variable]]:
    """Variables of a layer that has a bias unless it is told otherwise."""
    return lambda layer: weights(*names, *(("bias",) if layer.config.get("use_bias", True) else ()))


def unchanged(use: Use) -> Any:
    """What does nothing at inference: the first argument goes on as it is, with its mask."""
    return use.args[0]


def _random(use: Use) -> Any:
    """What is random in training alone, unless the call itself says `training=True`."""
    if use.kwargs.get("training") and any(use.config.get(key) for key in ("rate", "stddev")):
        raise use.refuse("it is called with training=True, which makes it random at inference")
    return use.args[0]


def _dense(use: Use) -> Tensor:
    x, kernel = use.float(use.x), adapted(use)
    return _finished(use, dot(x, kernel, ((x.rank - 1,), (0,)), ((), ())))


def _einsum_dense(use: Use) -> Tensor:
    return _finished(use, einsum(use.config["equation"], use.float(use.x), adapted(use)))


def _finished(use: Use, y: Tensor) -> Tensor:
    if "bias" in use.layer.weights:
        y = y + use.weight("bias")
    return activate(use, y)


def _einsum_variables(layer: Layer) -> Sequence[Variable]:
    return weights("kernel", *(("bias",) if layer.config.get("bias_axes") is not None else ()))


_RANDOM = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
    "GaussianNoise",
)  # fmt: skip

LAYERS = {
    "Dense": Kind(_dense, with_lora(with_bias("kernel")), held, masks=True),
    "EinsumDense": Kind(_einsum_dense, with_lora(_einsum_variables), held),
    "Identity": Kind(unchanged),
    "ActivityRegularization": Kind(unchanged),
    **dict.fromkeys(_RANDOM, Kind(_random)),
}
