"""One call of a layer as its rule sees it: arguments, configuration, weights, and the layers that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from totfjs.errors import UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import Call, Layer, leaves
from totfjs.weights.array import Array


class Flow(NamedTuple):
    """A tensor on its way through the model, and its mask (bool, true where it counts) if it has one."""

    tensor: Tensor
    mask: Tensor | None = None


@dataclass(frozen=True)
class Use:
    """A layer, and the arguments of one call with a Flow for each tensor.

    `lower` applies another layer: `use.lower(layer, *args, **kwargs)` gives Flows in the structure of its result.
    `const` makes a constant of the graph, once for each array; `note` tells the user something.
    """

    layer: Layer
    call: Call
    builder: Builder
    lower: Callable[..., Any]
    note: Callable[[str], None]
    const: Callable[[Array, str], Tensor]
    scope: str = ""

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments; tensors are Flows."""
        return self.call.args

    @property
    def kwargs(self) -> Any:
        """The keyword arguments; tensors are Flows."""
        return self.call.kwargs

    @property
    def flows(self) -> list[Flow]:
        """The tensors of the first argument."""
        return list(leaves(self.args[0], Flow))

    @property
    def x(self) -> Tensor:
        """The first argument, where it is one tensor."""
        return self.flows[0].tensor

    @property
    def xs(self) -> list[Tensor]:
        """The tensors of the first argument."""
        return [flow.tensor for flow in self.flows]

    @property
    def mask(self) -> Tensor | None:
        """The mask of the first argument: that which is given by name, else its own."""
        given = self.kwargs.get("mask")
        return given.tensor if isinstance(given, Flow) else self.flows[0].mask

    @property
    def config(self) -> Any:
        """The arguments with which the layer was made."""
        return self.layer.config

    def weight(self, name: str) -> Tensor:
        """A variable of the layer."""
        return self.const(self.layer.weights[name], name)

    def child(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Applies a layer that this one holds."""
        return self.lower(self.layer.children[name], *args, **kwargs)

    def float(self, x: Tensor) -> Tensor:
        """The tensor as float32."""
        return x if x.dtype == DType.FLOAT32 else self.builder.op("Cast", x, DstT=DType.FLOAT32)

    def refuse(self, what: str, remedy: str = "") -> UnsupportedError:
        """The error that says why this layer cannot be lowered."""
        return UnsupportedError(
            f"{self.layer}: {what}.",
            remedy=remedy or "Build the model without it, or pass the model object in Python (Keras on JAX).",
            place=self.layer.name,
        )

    def of(self, layer: Layer) -> Use:
        """The same call of another layer."""
        return replace(self, layer=layer)
