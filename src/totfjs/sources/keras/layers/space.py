"""Arguments that layers over images, lines and volumes share: sizes for each dim, layouts, paddings."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.recipes.convolution import Pads, same
from totfjs.recipes.shapes import reshape, transpose
from totfjs.sources.keras.use import Use


def numbers(use: Use, key: str, rank: int, default: int = 1) -> tuple[int, ...]:
    """An argument that is one number, or one for each dim."""
    value = use.config.get(key)
    if value is None:
        value = default
    items = (value,) * rank if isinstance(value, int) else tuple(int(item) for item in value)
    if len(items) == 1:
        items *= rank
    if len(items) != rank:
        raise use.refuse(f"its {key} {value!r} is not for {rank} dims")
    return items


def is_channels_first(use: Use) -> bool:
    """Whether channels come before the dims of space."""
    layout = use.config.get("data_format") or "channels_last"
    if layout not in ("channels_first", "channels_last"):
        raise use.refuse(f"its data_format {layout!r} is not known")
    return bool(layout == "channels_first")


def channels_last(use: Use, rank: int) -> Tensor:
    """The argument as floats (batch, space…, channels)."""
    x = use.float(use.x)
    if x.rank < rank + 2 or (x.rank > rank + 2 and is_channels_first(use)):
        raise use.refuse(f"its input has {x.rank} dims where it takes {rank + 2}")
    if is_channels_first(use):
        return transpose(x, [0, *range(2, x.rank), 1])
    more = x.shape[: x.rank - rank - 1]
    return x if len(more) == 1 else reshape(x, (dims.product(more), *x.shape[len(more) :]))


def as_given(use: Use, result: Tensor) -> Tensor:
    """A result in the layout of the argument."""
    rank = result.rank
    if is_channels_first(use):
        return transpose(result, [0, rank - 1, *range(1, rank - 1)])
    more = use.x.shape[: use.x.rank - rank + 1]
    return result if len(more) == 1 else reshape(result, (*more, *result.shape[1:]))


def pads(use: Use, shape: Sequence[Size], extents: Sequence[int], strides: Sequence[int]) -> Pads:
    """What `padding` adds before and after each dim; `extents` are what windows span."""
    kind = str(use.config.get("padding") or "valid").lower()
    if kind == "valid":
        return ((0, 0),) * len(shape)
    if kind == "same":
        return tuple(same(*item) for item in zip(shape, extents, strides, strict=True))
    if kind == "causal" and len(shape) == 1:
        return ((extents[0] - 1, 0),)
    raise use.refuse(f"its padding {kind!r} is not known")


__all__ = ["as_given", "channels_last", "is_channels_first", "numbers", "pads"]
