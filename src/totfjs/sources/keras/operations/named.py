"""Operations that name the axes of their tensors: sums of products, and rearrangements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.recipes.dot import dot
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.numbers import numbers
from totfjs.sources.keras.operations.reductions import total
from totfjs.sources.keras.operations.shapes import diagonal, size_of


def einsum(*operands: Any, subscripts: str, **_: Any) -> Tensor:
    """Sums of products over named axes."""
    xs = numbers(*operands)
    inputs, output = _names(subscripts.replace(" ", ""), xs)
    found, names = _summed_alone(xs[0], inputs[0], set(output) | set("".join(inputs[1:])))
    for index, (x, own) in enumerate(zip(xs[1:], inputs[1:], strict=True), start=1):
        later = set(output) | set("".join(inputs[index + 1 :]))
        x, own = _summed_alone(x, own, later | set(names))
        found, names = _pair(found, names, x, own, later)
    found, names = _summed_alone(found, names, set(output))
    return transpose(found, [names.index(name) for name in output])


def _names(subscripts: str, xs: Sequence[Tensor]) -> tuple[list[str], str]:
    """The axes of operands and result, one letter each; capital letters from the end stand for `...`."""
    left, arrow, output = subscripts.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(xs):
        raise OpError(f"{subscripts!r} takes {len(inputs)} operands, not {len(xs)}")
    free = [chr(code) for code in range(0x391, 0x3A9)]
    most = max((x.rank - len(own.replace("...", "")) for x, own in zip(xs, inputs, strict=True) if "..." in own),
               default=0)  # fmt: skip
    dots = "".join(free[:most])
    named = []
    for x, own in zip(xs, inputs, strict=True):
        count = x.rank - len(own.replace("...", ""))
        named.append(own.replace("...", dots[most - count :] if count else ""))
        if len(named[-1]) != x.rank:
            raise OpError(f"{own} does not name the {x.rank} dims of an operand")
    if not arrow:
        letters = [name for name in sorted(set("".join(named)) - set(dots)) if "".join(named).count(name) == 1]
        return named, dots + "".join(letters)
    return named, output.replace("...", dots)


def _summed_alone(x: Tensor, names: str, kept: set[str]) -> tuple[Tensor, str]:
    """Diagonals of axes that are named twice, and sums over those that nothing else names."""
    for name in set(names):
        while names.count(name) > 1:
            first, second = names.index(name), names.rindex(name)
            x = diagonal(x, 0, first, second)
            names = names[:first] + names[first + 1 : second] + names[second + 1 :] + name
    axes = [index for index, name in enumerate(names) if name not in kept]
    if axes:
        x = total("sum")(x, axes)
    return x, "".join(name for name in names if name in kept)


def _pair(a: Tensor, left: str, b: Tensor, right: str, later: set[str]) -> tuple[Tensor, str]:
    shared = [name for name in left if name in right]
    a, b = _alike(a, left, b, right, shared), _alike(b, right, a, left, shared)
    batch = [name for name in shared if name in later]
    over = [name for name in shared if name not in later]
    found = dot(
        a, b,
        ([left.index(name) for name in over], [right.index(name) for name in over]),
        ([left.index(name) for name in batch], [right.index(name) for name in batch]),
    )  # fmt: skip
    rest = [name for name in left if name not in shared] + [name for name in right if name not in shared]
    return found, "".join([*batch, *rest])


def _alike(a: Tensor, left: str, b: Tensor, right: str, shared: list[str]) -> Tensor:
    """Sizes of 1 repeated to those of the other operand."""
    sizes = {name: dims.broadcast(a.shape[left.index(name)], b.shape[right.index(name)]) for name in shared}
    return broadcast_to(a, tuple(sizes.get(name, size) for name, size in zip(left, a.shape, strict=True)))


# --- rearrangements ---


def rearrange(tensor: Tensor, pattern: str, **axes_lengths: Any) -> Tensor:
    """Axes taken apart, brought into another order, and joined, as `b h (w c) -> b (h w) c` says."""
    before, after = (_groups(side) for side in pattern.split("->"))
    if len(before) != tensor.rank:
        raise OpError(f"{pattern!r} does not name the {tensor.rank} dims of the tensor")
    sizes: dict[str, Size] = {name: size_of(length) for name, length in axes_lengths.items()}
    for group, size in zip(before, tensor.shape, strict=True):
        _measure(group, size, sizes)
    names = [name for group in before for name in group]
    if sorted(names) != sorted(name for group in after for name in group):
        raise OpError(f"{pattern!r} does not have the same axes on both sides")
    apart = reshape(tensor, tuple(sizes[name] for name in names))
    moved = transpose(apart, [names.index(name) for group in after for name in group])
    return reshape(moved, tuple(dims.product(sizes[name] for name in group) for group in after))


def _groups(side: str) -> list[list[str]]:
    return [re.findall(r"\w+", group) for group in re.findall(r"\w+|\(.*?\)", side)]


def _measure(group: list[str], size: Size, sizes: dict[str, Size]) -> None:
    """The size of the axis of a group that is not told."""
    unknown = [name for name in group if name not in sizes]
    if len(unknown) > 1:
        raise OpError(f"the sizes of {' and '.join(unknown)} are not told")
    if unknown:
        known = dims.product(sizes[name] for name in group if name in sizes)
        sizes[unknown[0]] = dims.floordiv(size, known)


FUNCTIONS: dict[str, Function] = {"Einsum": einsum, "Rearrange": rearrange}
OPERATIONS = operations(FUNCTIONS)
