"""Windows that slide over the spatial axes of `[batch, *spatial, channels]`: how many there are and what each tap sees.

Convolutions and pools share this arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph.dims import Shape, Size, floordiv
from totfjs.graph.ops.spec import BACKENDS, Attr, Call, Limit

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """The kernel, strides and dilations of each spatial axis, and the padding around them."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: str
    explicit: Pads = ()

    @property
    def extents(self) -> tuple[int, ...]:
        """How far each window reaches, dilation included."""
        return tuple((size - 1) * dilation + 1 for size, dilation in zip(self.kernel, self.dilations, strict=True))

    def counts(self, spatial: Sequence[Size]) -> Shape:
        """The number of windows along each axis; raises ValueError where a window does not fit."""
        if self.padding == "SAME":
            return tuple(floordiv(size + (step - 1), step) for size, step in zip(spatial, self.strides, strict=True))
        explicit = self.explicit or ((0, 0),) * len(self.kernel)
        return tuple(
            _fitting(size + sum(pads), extent, step)
            for size, pads, extent, step in zip(spatial, explicit, self.extents, self.strides, strict=True)
        )

    def pads(self, spatial: Sequence[int]) -> Pads:
        """What is added before and after each axis. SAME puts the odd one after."""
        if self.padding != "SAME":
            return self.explicit or ((0, 0),) * len(self.kernel)
        totals = (max(0, missing) for missing in self.missing(spatial))
        return tuple((total // 2, total - total // 2) for total in totals)

    def missing(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """How much the windows of SAME overlap the end of each axis; negative where they do not reach it."""
        axes = zip(spatial, self.strides, self.extents, strict=True)
        return tuple((-(-size // step) - 1) * step + extent - size for size, step, extent in axes)

    def starts_late(self, spatial: Sequence[Size]) -> bool:
        """Whether SAME would have to add less than nothing, which the runtime takes literally in three dimensions."""
        if self.padding != "SAME":
            return False
        axes = zip(spatial, self.strides, self.extents, strict=True)
        return any(
            (-(-size // step) - 1) * step + extent < size if isinstance(size, int) else step > extent
            for size, step, extent in axes
        )

    def padded(self, x: np.ndarray, fill: float = 0) -> np.ndarray:
        """The array with its padding."""
        pads = self.pads(x.shape[1:-1])
        if not any(map(any, pads)):
            return x
        return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)

    def taps(self, x: np.ndarray, counts: Sequence[int]) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """For each place in the kernel, the view `[batch, *counts, channels]` of a padded array that it meets."""
        for place in np.ndindex(*self.kernel):
            yield place, x[self._seen(place, counts)]

    def _seen(self, place: tuple[int, ...], counts: Sequence[int]) -> tuple[slice, ...]:
        starts = [index * dilation for index, dilation in zip(place, self.dilations, strict=True)]
        axes = zip(starts, counts, self.strides, strict=True)
        return (slice(None), *(slice(start, start + count * step, step) for start, count, step in axes))


def _fitting(size: Size, extent: int, step: int) -> Size:
    count = floordiv(size - extent + step, step)
    if isinstance(count, int) and count < 0:
        raise ValueError(f"a window of {extent} does not fit into {size}")
    return count


def spatial(values: Sequence[int], rank: int, name: str) -> tuple[int, ...]:
    """The spatial part of strides, dilations or window sizes that are given for every axis."""
    if len(values) != rank + 2 or values[0] != 1 or values[-1] != 1:
        raise ValueError(f"{name}={list(values)} has to be [1, {'…, ' * rank}1]")
    if min(values) < 1:
        raise ValueError(f"{name}={list(values)} has to be positive")
    return tuple(values[1:-1])


def windows(attrs: Mapping[str, Any], kernel: Sequence[int]) -> Windows:
    """The windows that attributes say."""
    rank = len(kernel)
    return Windows(
        tuple(kernel),
        spatial(attrs["strides"], rank, "strides"),
        spatial(attrs["dilations"], rank, "dilations") if "dilations" in attrs else (1,) * rank,
        attrs["padding"],
        _explicit(attrs, rank),
    )


def pooling_windows(attrs: Mapping[str, Any], rank: int) -> Windows:
    """The windows of a pool: the kernel is an attribute too."""
    return windows(attrs, spatial(attrs["ksize"], rank, "ksize"))


def kernel_of(shape: Shape) -> tuple[int, ...]:
    """The spatial sizes of a filter; raises ValueError unless they are numbers."""
    sizes = tuple(size for size in shape if isinstance(size, int))
    if len(sizes) != len(shape):
        raise ValueError("the sizes of the filter have to be known")
    return sizes


def same_size(what: str, a: Size, b: Size) -> None:
    """Raises ValueError when two sizes are known and differ."""
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise ValueError(f"{what}: {a} and {b}")


def rank_is(call: Call, slot: int, rank: int) -> None:
    """Raises ValueError unless an operand has a certain rank."""
    if call.rank(slot) != rank:
        raise ValueError(f"operand {slot} has to have rank {rank}, not {call.rank(slot)}")


def late_start(view: Callable[[Call], Windows]) -> Limit:
    """The limit of windows in three dimensions that SAME pads with less than nothing."""
    return Limit(
        BACKENDS,
        "wrong",
        "SAME with windows that do not reach the end starts too late",
        lambda call: view(call).starts_late(call.shape(0)[1:-1]),
    )


def _explicit(attrs: Mapping[str, Any], rank: int) -> Pads:
    if attrs["padding"] != "EXPLICIT":
        return ()
    flat = tuple(attrs["explicit_paddings"])
    pairs = tuple(zip(flat[::2], flat[1::2], strict=True))
    if len(pairs) != rank + 2 or any(pairs[0]) or any(pairs[-1]) or min(flat) < 0:
        raise ValueError(f"explicit_paddings={list(flat)} has to pad the {rank} spatial axes")
    return pairs[1:-1]


STRIDES = Attr("strides", "ints")
PADDING = Attr("padding", "string", choices=("SAME", "VALID"))
PADDING_OR_EXPLICIT = Attr("padding", "string", choices=("SAME", "VALID", "EXPLICIT"))
EXPLICIT_PADDINGS = Attr("explicit_paddings", "ints", ())
# The graph speaks NHWC alone: wasm has nothing else, and the runtime reads strides as if there were nothing else.
NHWC = Attr("data_format", "string", "NHWC", choices=("NHWC",))
NDHWC = Attr("data_format", "string", "NDHWC", choices=("NDHWC",))
