"""Kernels with a low-rank update beside them (LoRA), as Keras stores them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Variable
from totfjs.sources.keras.use import Use

# Archives hold the sum alone, HDF5 files and live models its parts; only the bias and the parts are trained then.


def with_lora(
    variables: Callable[[Layer], Sequence[Variable]], name: str = "kernel"
) -> Callable[[Layer], Sequence[Variable]]:
    """The variables of a layer, and those of its update if it has one."""
    parts = tuple(Variable(f"lora_{name}_{side}", optional=True) for side in "ab")

    def found(layer: Layer) -> Sequence[Variable]:
        own = variables(layer)
        if not layer.config.get("lora_rank"):
            return own
        return (*(replace(item, trained=item.trained and item.name != name) for item in own), *parts)

    return found


def adapted(use: Use, name: str = "kernel") -> Tensor:
    """The kernel with its update, where that is stored apart."""
    kernel = use.weight(name)
    if f"lora_{name}_a" not in use.layer.weights:
        return kernel
    a, b = use.weight(f"lora_{name}_a"), use.weight(f"lora_{name}_b")
    rank = float(use.config["lora_rank"])
    scale = float(use.config.get("lora_alpha") or rank) / rank
    return kernel + dot(a, b, ((a.rank - 1,), (0,)), ((), ())) * scale
