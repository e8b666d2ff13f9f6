"""Pools: over windows, over all, and adaptive ones whose windows are all alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.spatial import channels_last, check_volume, product, reshaped, sizes, window
from totfjs.sources.keras.browser.use import Use


def _pool(name: str, rank: int) -> Callable[[Use], Flow]:
    def rule(use: Use) -> Flow:
        pools = sizes(use, "pool_size", rank, 2)
        strides = pools if use.get("strides") is None else sizes(use, "strides", rank)
        return channels_last(use, use.float(use.x), lambda x: _drawn(use, name, x, pools, strides))

    return rule


def _drawn(use: Use, name: str, x: Flow, pools: list[int], strides: list[int]) -> Flow:
    padding = use.get("padding", "valid")
    if len(pools) == 3 and name == "Max":
        raise Obstacle("TensorFlow.js on wasm gives no negative numbers for the largest in a volume")
    if len(pools) == 3:
        check_volume(strides, pools, padding)
    lists = zip(x.shape[1:-1], pools, strides, strict=True)
    shape = (x.shape[0], *(window(size, pool, padding, stride) for size, pool, stride in lists), x.shape[-1])
    form: dict[str, Any] = {"data_format": "channels_last"} if len(pools) > 1 else {}
    return use.emit(f"{name}Pooling{len(pools)}D", x, shape, pool_size=pools, strides=strides, padding=padding, **form)


def _global(name: str, rank: int) -> Callable[[Use], Flow]:
    def rule(use: Use) -> Flow:
        x = use.x
        if name == "Average" and rank == 1 and x.mask is not None:
            raise Obstacle("Keras leaves out of the mean what is masked, tfjs-layers does not")
        return channels_last(use, use.float(x), lambda y: _of_all(use, name, rank, y), 2)

    return rule


def _of_all(use: Use, name: str, rank: int, x: Flow) -> Flow:
    ones, channels = [1] * rank, x.shape[-1]
    if rank == 3:
        x = reshaped(use, x, (product(*x.shape[1:-1]), channels), "flat")
    kind = f"Global{name}Pooling{min(rank, 2) if rank < 3 else 1}D"
    form: dict[str, Any] = {"data_format": "channels_last"} if rank == 2 else {}
    keeps = bool(use.get("keepdims", False))
    result = use.emit(kind, x, (x.shape[0], channels), "all" if keeps else "", **form)
    return reshaped(use, result, (*ones, channels), "") if keeps else result


def _adaptive(name: str, rank: int) -> Callable[[Use], Flow]:
    def drawn(use: Use, x: Flow) -> Flow:
        found = list(zip(x.shape[1:-1], sizes(use, "output_size", rank), strict=True))
        if any(size is None or size % count for size, count in found):
            raise Obstacle("its windows are not all of one size")
        pools = [(size or 0) // count for size, count in found]
        return _drawn(use, name, x, pools, pools)

    return lambda use: channels_last(use, use.float(use.x), lambda x: drawn(use, x))


_KINDS = [(name, rank) for name in ("Max", "Average") for rank in (1, 2, 3)]
LAYERS = {
    **{f"{name}Pooling{rank}D": _pool(name, rank) for name, rank in _KINDS},
    **{f"Global{name}Pooling{rank}D": _global(name, rank) for name, rank in _KINDS},
    **{f"Adaptive{name}Pooling{rank}D": _adaptive(name, rank) for name, rank in _KINDS},
}
