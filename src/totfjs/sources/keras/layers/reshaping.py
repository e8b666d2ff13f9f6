"""Layers that move, repeat, cut and pad elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.resampling import KERNELS, bilinear, interpolated, repeat, repeat_pixels
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import pad, slice_axes
from totfjs.sources.keras.layers.kind import Kind, Rule
from totfjs.sources.keras.layers.space import is_channels_first, numbers
from totfjs.sources.keras.use import Flow, Use


def _flatten(use: Use) -> Tensor:
    x = use.x
    if is_channels_first(use) and x.rank > 2:
        x = transpose(x, [0, *range(2, x.rank), 1])
    return reshape(x, (x.shape[0], dims.product(x.shape[1:])))


def _permute(use: Use) -> Tensor:
    return transpose(use.x, [0, *use.config["dims"]])


def _same_order(use: Use) -> bool:
    return list(use.config["dims"]) == sorted(use.config["dims"])


def _nothing_off(use: Use) -> bool:
    return all(edge == (0, 0) for edge in _edges(use, "cropping", use.x.rank - 2))


def _idle(rule: Rule, still: Callable[[Use], bool] = lambda use: True) -> Rule:
    """A rule of a layer that drops masks, but where it changes nothing: Keras on JAX gives the same tensor then."""

    def lowered(use: Use) -> Any:
        result, flow = rule(use), use.flows[0]
        if flow.mask is None or use.layer.generation < 3 or result.value != flow.tensor.value or not still(use):
            return result
        use.note(f"{use.layer} changes nothing, and so keeps the mask, as in Keras on JAX; on TensorFlow it drops it.")
        return Flow(result, flow.mask)

    return lowered


def _reshape(use: Use) -> Tensor:
    x, target = use.x, [-1 if size is None else int(size) for size in use.config["target_shape"]]
    known, total = dims.product(size for size in target if size != -1), dims.product(x.shape[1:])
    if target.count(-1) > 1:
        raise use.refuse(f"more than one dim of its target_shape {tuple(target)} is not known")
    rest = total if known == 0 else dims.floordiv(total, known)
    if -1 not in target and isinstance(total, int) and total != known:
        raise use.refuse(f"its {total} elements do not have the shape {tuple(target)}")
    return reshape(x, (x.shape[0], *(rest if size == -1 else size for size in target)))


def _repeat_vector(use: Use) -> Tensor:
    batch, features = use.x.shape
    return broadcast_to(reshape(use.x, (batch, 1, features)), (batch, int(use.config["n"]), features))


def _cropping(use: Use, rank: int) -> Tensor:
    x, edges = use.x, _edges(use, "cropping", rank)
    for size, (before, after) in zip(x.shape, edges, strict=True):
        if isinstance(size, int) and before + after and before + after >= size:
            raise use.refuse(f"it crops {before + after} of {size} elements")
    stops: list[Size] = [size - after for size, (_, after) in zip(x.shape, edges, strict=True)]
    return slice_axes(x, [before for before, _ in edges], stops)


def _zero_padding(use: Use, rank: int) -> Tensor:
    x, edges = use.x, _edges(use, "padding", rank)
    return pad(x, x.builder.like(x, 0), [low for low, _ in edges], [high for _, high in edges], [0] * x.rank)


def _edges(use: Use, key: str, rank: int) -> list[tuple[int, int]]:
    """What comes off, or on, at both ends of each axis of the tensor."""
    pairs = _pairs(use, key, rank)
    if use.x.rank != rank + 2:
        raise use.refuse(f"its input has {use.x.rank} dims where it takes {rank + 2}")
    return [(0, 0), (0, 0), *pairs] if is_channels_first(use) else [(0, 0), *pairs, (0, 0)]


def _pairs(use: Use, key: str, rank: int) -> list[tuple[int, int]]:
    """A number for all ends, a pair for one dim, or a number or pair for each dim."""
    value: Any = use.config.get(key, 1 if rank != 2 or key == "padding" else 0)
    if isinstance(value, int):
        value = [value] * rank
    elif rank == 1 and len(value) == 2 and all(isinstance(item, int) for item in value):
        value = [value]
    elif rank == 2 and len(value) == 4:  # Keras 1: top, bottom, left, right
        value = [value[:2], value[2:]]
    pairs = [(item, item) if isinstance(item, int) else tuple(map(int, item)) for item in value]
    if len(pairs) != rank or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise use.refuse(f"its {key} {value!r} is not for {rank} dims")
    return pairs  # type: ignore[return-value]


def _up_sampling(use: Use, rank: int) -> Tensor:
    x, times = use.x, numbers(use, "size", rank, 2)
    method = str(use.config.get("interpolation") or "nearest").lower()
    first = 2 if is_channels_first(use) else 1
    axes = range(first, first + rank)
    if method in ("nearest", "area"):  # each pixel covers whole new ones
        if rank == 2 and first == 1 and x.dtype is DType.FLOAT32:
            return repeat_pixels(x, *times)
        for axis, count in reversed(list(zip(axes, times, strict=True))):
            x = repeat(x, count, axis)
        return x
    return _interpolated(use, use.float(x), method, axes, times)


def _interpolated(use: Use, x: Tensor, method: str, axes: Sequence[int], times: Sequence[int]) -> Tensor:
    sizes = [x.shape[axis] * count for axis, count in zip(axes, times, strict=True)]
    if method not in KERNELS:
        raise use.refuse(f"its interpolation {method!r} is not known")
    if method == "bilinear":
        if axes[0] == 1:
            return bilinear(x, sizes[0], sizes[1])
        return transpose(bilinear(transpose(x, [0, 2, 3, 1]), sizes[0], sizes[1]), [0, 3, 1, 2])
    return interpolated(x, axes, [size if isinstance(size, int) else -1 for size in sizes], method)


LAYERS = {
    "Flatten": Kind(_idle(_flatten)),
    "Permute": Kind(_idle(_permute, _same_order)),
    "Reshape": Kind(_idle(_reshape)),
    "RepeatVector": Kind(_repeat_vector),
    **{f"Cropping{rank}D": Kind(_idle(partial(_cropping, rank=rank), _nothing_off)) for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": Kind(partial(_zero_padding, rank=rank)) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": Kind(partial(_up_sampling, rank=rank)) for rank in (1, 2, 3)},
}
