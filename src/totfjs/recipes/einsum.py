"""Einstein's sums of two tensors, by `dot`: every backend runs that, and few the op for them."""

from __future__ import annotations

from string import ascii_letters

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.dot import dot
from totfjs.recipes.reductions import reduced
from totfjs.recipes.shapes import transpose

_REST = "..."


def einsum(equation: str, a: Tensor, b: Tensor) -> Tensor:
    """`a` times `b`, summed over the labels that the result has not; `...` are the dims that have no label."""
    left, right, result = labels(equation, a.rank, b.rank)
    a, left = _summed(a, left, right + result)
    b, right = _summed(b, right, left + result)
    shared = [label for label in left if label in right]
    batch = [label for label in shared if label in result]
    over = [label for label in shared if label not in result]
    product = dot(a, b, _places(over, left, right), _places(batch, left, right))
    found = [*batch, *(label for label in left + right if label not in shared)]
    return transpose(product, [found.index(label) for label in result])


def labels(equation: str, *ranks: int) -> list[str]:
    """The labels of each operand and of the result, one for each dim."""
    before, arrow, result = equation.replace(" ", "").partition("->")
    operands = before.split(",")
    if not arrow or len(operands) != len(ranks):
        raise OpError(f"the equation {equation!r} is not understood")
    spare = [letter for letter in ascii_letters if letter not in equation]
    rests = [rank - len(operand.replace(_REST, "")) for operand, rank in zip(operands, ranks, strict=True)]
    longest = max((rest for operand, rest in zip(operands, rests, strict=True) if _REST in operand), default=0)
    whole = [
        operand.replace(_REST, "".join(spare[longest - rest : longest]), 1) if rest >= 0 else operand
        for operand, rest in zip(operands, rests, strict=True)
    ]
    whole.append(result.replace(_REST, "".join(spare[:longest]), 1))
    for part, rank in zip(whole, (*ranks, len(whole[-1])), strict=True):
        if len(part) != rank or len(set(part)) != rank or not all(letter in ascii_letters for letter in part):
            raise OpError(f"the equation {equation!r} is not one for tensors of {' and '.join(map(str, ranks))} dims")
    if not set(whole[-1]) <= set("".join(whole[:-1])):
        raise OpError(f"the result of {equation!r} has labels that no operand has")
    return whole


def _summed(x: Tensor, own: str, others: str) -> tuple[Tensor, str]:
    """Without the dims whose labels are nowhere else."""
    alone = [axis for axis, label in enumerate(own) if label not in others]
    if not alone:
        return x, own
    return reduced("Sum", x, alone), "".join(label for label in own if label in others)


def _places(chosen: list[str], left: str, right: str) -> tuple[list[int], list[int]]:
    return [left.index(label) for label in chosen], [right.index(label) for label in chosen]
