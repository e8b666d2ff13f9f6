"""What to write instead when a model cannot be traced with a dynamic dim: found by tracing with other dims."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from totfjs.errors import TotfjsError, TraceError
from totfjs.graph.dims import Size, substitute, symbol, symbols_of
from totfjs.graph.limits import AtLeast
from totfjs.sources.jax.inputs import Leaf, Tree, leaves, mapped

# Sizes to try for dims in order to see whether it is them that tracing fails for.
_PROBES = (8, 64, 224, 1)
_LEAST = (2, 4, 8, 16)
# How many numbers of a message are tried.
_FEW = 4
_MULTIPLES = (2, 4, 8, 16, 32, 64)
# What each symbol stands for instead, and what is known of it.
Meaning: TypeAlias = Mapping[str, Size]
Trees: TypeAlias = Mapping[str, Tree]


def advised(error: TraceError, trees: Trees, attempt: Callable[[Trees], object]) -> TraceError:
    """The error with the dims that would work, if dynamic dims are its cause; `attempt` traces, and raises if it fails.

    First the symbols that are in the way are found; then limits and multiples are tried for them, then a number.
    """
    names = symbols_of(size for tree in trees.values() for leaf in leaves(tree) for size in leaf.shape)
    probe = next((size for size in _PROBES if names and _works(attempt, trees, dict.fromkeys(names, size))), None)
    if probe is None:
        return error
    culprits = _culprits(attempt, trees, names, probe)
    named = [int(number) for number in re.findall(r"\b\d+\b", error.what)]
    found = next((found for found in _candidates(trees, culprits, named) if _traces(attempt, found)), None)
    if found is None:
        found = _with(trees, dict.fromkeys(culprits, probe))
    which = " and ".join(culprits)
    plural = "s" if len(culprits) > 1 else ""
    return TraceError(
        f"{error.what.removesuffix('.')}; it is the dynamic dim{plural} {which}.",
        remedy=f"Write {', '.join(_specs(trees, found))}, with which it can be traced.",
        place=error.place,
    )


def _culprits(attempt: Callable[[Trees], object], trees: Trees, names: Sequence[str], probe: int) -> tuple[str, ...]:
    """The fewest symbols that have to be numbers, found by making one after the other dynamic again."""
    fixed = dict.fromkeys(names, probe)
    for name in names:
        rest = {other: size for other, size in fixed.items() if other != name}
        if _works(attempt, trees, rest):
            fixed = rest
    return tuple(fixed)


def _candidates(trees: Trees, culprits: Sequence[str], named: Sequence[int]) -> Iterator[Trees]:
    """Limits, those of numbers in the message too, then multiples, then that the dims are one and the same."""
    for least in (*_LEAST, *named[:_FEW]):
        yield _with_limit(trees, culprits, partial(_at_least, least))
    for most in named[:_FEW]:
        yield _with_limit(trees, culprits, partial(AtLeast, most))
    for factor in _MULTIPLES:
        yield _with(trees, {name: symbol(name) * factor for name in culprits})
    if len(culprits) > 1:
        yield _with(trees, dict.fromkeys(culprits, symbol(culprits[0])))


def _with_limit(trees: Trees, culprits: Sequence[str], limit: Callable[[Size], AtLeast]) -> Trees:
    """The inputs with one more limit for each dim that is one of the symbols."""
    dims = [symbol(name) for name in culprits]

    def limited(leaf: Leaf) -> Leaf:
        return replace(leaf, limits=(*leaf.limits, *(limit(size) for size in leaf.shape if size in dims)))

    return {name: mapped(limited, tree) for name, tree in trees.items()}


def _at_least(least: int, dim: Size) -> AtLeast:
    return AtLeast(dim, least)


def _with(trees: Trees, meaning: Meaning) -> Trees:
    """The inputs with other dims for some symbols. What was known of these is dropped."""
    return {name: mapped(lambda leaf: _meant(leaf, meaning), tree) for name, tree in trees.items()}


def _meant(leaf: Leaf, meaning: Meaning) -> Leaf:
    limits = (limit for limit in leaf.limits if not set(symbols_of((limit.size, limit.least))) & set(meaning))
    return replace(leaf, shape=tuple(substitute(size, meaning) for size in leaf.shape), limits=tuple(limits))


def _works(attempt: Callable[[Trees], object], trees: Trees, meaning: Meaning) -> bool:
    return _traces(attempt, _with(trees, meaning))


def _traces(attempt: Callable[[Trees], object], trees: Trees) -> bool:
    try:
        attempt(trees)
    except (TotfjsError, ValueError):
        return False
    return True


def _specs(trees: Trees, found: Trees) -> Iterator[str]:
    """The inputs that have to be written otherwise, as on the command line."""
    for before, after in zip(_all(trees), _all(found), strict=True):
        if before != after:
            yield f'"{after.name}:{after.asked}[{",".join(_dims(after))}]"'


def _all(trees: Trees) -> list[Leaf]:
    return [leaf for tree in trees.values() for leaf in leaves(tree)]


def _dims(leaf: Leaf) -> Iterator[str]:
    """The dims of a leaf with the last of their limits, as in `t>=4`, `t<=64` or `4<=t<=64`."""
    least = {limit.size: limit.least for limit in leaf.limits}
    most = {limit.least: limit.size for limit in leaf.limits if isinstance(limit.size, int)}
    for size in leaf.shape:
        low, high = least.pop(size, None), most.pop(size, None)
        above = "" if high is None else f"<={high}"
        text = f"{low}<={size}{above}" if low is not None and above else f"{size}{above}"
        yield (f"{size}>={low}" if low is not None and not above else text).replace(" ", "")
