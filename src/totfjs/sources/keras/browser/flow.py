"""A tensor on its way through a model of tfjs-layers, and what stands in the way of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

Shape: TypeAlias = tuple[int | None, ...]


class Obstacle(Exception):  # noqa: N818
    """Why tfjs-layers cannot take a layer."""


class Unknown(Exception):  # noqa: N818
    """Nothing can be said of a layer: one before it is an obstacle."""


class Source(NamedTuple):
    """Where a tensor comes from, as tfjs-layers counts: a layer, one of its calls, one of the outputs."""

    layer: str
    node: int
    tensor: int


@dataclass(frozen=True)
class Flow:
    """A tensor: its shape with None for dynamic dims, and the dtype that it has in Keras.

    `mask` names the mask that Keras gives it, `given` the one that tfjs-layers gives it: these are not always one.
    `says` is for what is only a mask: the name that it has, for it is no tensor of tfjs-layers.
    """

    source: Source | None
    known_shape: Shape | None
    dtype: str = "float32"
    mask: str | None = None
    given: str | None = None
    says: str | None = None

    @property
    def shape(self) -> Shape:
        """The shape, batch first."""
        if self.known_shape is None:
            raise Unknown
        return self.known_shape

    @property
    def rank(self) -> int:
        """How many dims there are, the batch among them."""
        return len(self.shape)

    @property
    def channels(self) -> int:
        """The last dim, which has to be known."""
        last = self.shape[-1]
        if last is None:
            raise Obstacle("its input has a dynamic last dim")
        return last


UNKNOWN = Flow(None, None)
