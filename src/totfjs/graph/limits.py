"""What is known of symbolic dimensions: `t>=4` is the dim `t`, of which nobody will feed fewer than four."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from totfjs.graph.dims import Size, evaluate, parse

_RELATION = re.compile(r"(<=|>=|<|>)")


@dataclass(frozen=True)
class AtLeast:
    """That one size is never smaller than another."""

    size: Size
    least: Size

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether it is so for these sizes of the symbols."""
        return evaluate(self.size, sizes) >= evaluate(self.least, sizes)

    def __str__(self) -> str:
        return f"{self.size} >= {self.least}"


def read_limited(text: str) -> tuple[Size, tuple[AtLeast, ...]]:
    """Reads `t`, `2*t+1`, `t>=4`, `4<=t<64`: a dim, and what is known of it; raises ValueError for anything else."""
    parts = _RELATION.split(text)
    sizes = [parse(part) for part in parts[::2]]
    dim = next((size for size in sizes if not isinstance(size, int)), sizes[0])
    if len(sizes) > 1 and isinstance(dim, int):
        raise ValueError(f"{text!r} compares numbers")
    return dim, tuple(_limits(sizes, parts[1::2]))


def read_known(text: str) -> tuple[AtLeast, ...]:
    """Reads `t >= 4`, `s <= 2*t` or `2*s == t`, which says something of dims that are written elsewhere."""
    left, equal, right = text.partition("==")
    if not equal:
        return read_limited(text)[1]
    return AtLeast(parse(left), parse(right)), AtLeast(parse(right), parse(left))


def _limits(sizes: list[Size], relations: list[str]) -> Iterator[AtLeast]:
    for left, relation, right in zip(sizes[:-1], relations, sizes[1:], strict=True):
        more, less = (left, right) if relation.startswith(">") else (right, left)
        yield AtLeast(more, less if relation.endswith("=") else less + 1)
