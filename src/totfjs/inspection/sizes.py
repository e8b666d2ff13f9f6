"""What weights take: by layer, which is told from the scopes of their names, and by the dtype they are stored in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from totfjs.inspection.weight import Weight

# Rows up to which scopes are split, so that a table of them can be taken in.
MOST = 24
# Weights that a layer may well have; a scope with more of them is none.
OF_A_LAYER = 4
_WIDTHS = {"float32": 4, "int32": 4, "bool": 1, "complex64": 8}
_Scope = tuple[str, ...]
_Cut = dict[_Scope, tuple[Weight, ...]]


@dataclass(frozen=True)
class Group:
    """The weights of one layer: how many, their elements, and their bytes on disk."""

    name: str
    weights: int
    parameters: int
    bytes: int


@dataclass(frozen=True)
class Storage:
    """The weights of a dtype that are stored as another, or as they are; `memory` is what they take once loaded."""

    dtype: str
    stored: str
    weights: int
    parameters: int
    bytes: int
    memory: int

    @property
    def saved(self) -> int:
        """The bytes that need not be sent because they are stored as they are."""
        return max(self.memory - self.bytes, 0)


def by_layer(weights: Sequence[Weight], most: int = MOST) -> tuple[Group, ...]:
    """At most `most` groups in the order of the weights: scopes are split, the heaviest first, while they fit.

    A scope that holds all others is always split, and one that is most of the model into its weights where these fit;
    where there are too many rows, the lightest are one row at the end.
    """
    cut = _split({(): tuple(weights)}, (), force=True)
    while (scope := _heaviest(cut, most)) is not None:
        cut = _split(cut, scope)
    rows = [row for scope, members in cut.items() for row in _rows(scope, members, cut, most)]
    if len(rows) <= most:
        return tuple(rows)
    kept = set(sorted(range(len(rows)), key=lambda index: (-rows[index].bytes, index))[: most - 1])
    rest = [row for index, row in enumerate(rows) if index not in kept]
    totals = (sum(getattr(row, key) for row in rest) for key in ("weights", "parameters", "bytes"))
    return (*(rows[index] for index in sorted(kept)), Group(f"{len(rest)} smaller layers", *totals))


def by_storage(weights: Iterable[Weight]) -> tuple[Storage, ...]:
    """The weights by what the model sees and what is stored, the heaviest first."""
    kinds: dict[tuple[str, str], list[Weight]] = {}
    for weight in weights:
        kinds.setdefault((weight.dtype, weight.stored), []).append(weight)
    rows = [
        Storage(
            dtype,
            stored,
            len(found),
            sum(prod(weight.shape) for weight in found),
            sum(weight.bytes for weight in found),
            sum(in_memory(weight) for weight in found),
        )
        for (dtype, stored), found in kinds.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.bytes, row.dtype, row.stored)))


def in_memory(weight: Weight) -> int:
    """The bytes that a weight takes once it is loaded; text is counted as it is on disk."""
    width = _WIDTHS.get(weight.dtype)
    return weight.bytes if width is None else prod(weight.shape) * width


def _rows(scope: _Scope, members: Sequence[Weight], cut: _Cut, most: int) -> list[Group]:
    """The row of a scope; a row for each weight where the scope is most of the model and there is room."""
    own, total = (
        sum(weight.bytes for weight in each) for each in (members, [w for all_ in cut.values() for w in all_])
    )
    if len(members) > OF_A_LAYER and len(cut) - 1 + len(members) <= most and 2 * own > total:
        return [_group(weight.name, [weight]) for weight in members]
    return [_group("/".join(scope), members)]


def _group(name: str, weights: Sequence[Weight]) -> Group:
    parameters, size = sum(prod(weight.shape) for weight in weights), sum(weight.bytes for weight in weights)
    return Group(name, len(weights), parameters, size)


def _scope(weight: Weight) -> _Scope:
    return tuple(weight.name.split("/")[:-1])


def _split(cut: _Cut, scope: _Scope, force: bool = False) -> _Cut:
    """The cut with one scope replaced, in its place, by those one step within it."""
    found: dict[_Scope, list[Weight]] = {}
    for each, members in cut.items():
        for weight in members:
            target = _scope(weight)[: len(scope) + 1] if each == scope or force else each
            found.setdefault(target, []).append(weight)
    return {each: tuple(members) for each, members in found.items()}


def _heaviest(cut: _Cut, most: int) -> _Scope | None:
    """The heaviest scope that has others within it which there is room to show."""
    options = [scope for scope in cut if _fits(cut, scope, most)]
    return max(options, key=lambda scope: sum(weight.bytes for weight in cut[scope]), default=None)


def _fits(cut: _Cut, scope: _Scope, most: int) -> bool:
    within = {_scope(weight)[: len(scope) + 1] for weight in cut[scope]}
    return within != {scope} and (len(cut) == 1 or len(cut) - 1 + len(within) <= most)
