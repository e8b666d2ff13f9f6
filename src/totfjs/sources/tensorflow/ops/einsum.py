"""Einstein's sums of one or two tensors, with repeated labels and an ellipsis."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.dot import dot
from totfjs.recipes.indexing import iota
from totfjs.recipes.reductions import reduced
from totfjs.recipes.shapes import dim_value, reshape, transpose
from totfjs.recipes.slicing import take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, whole
from totfjs.sources.tensorflow.ops.products import bilinear
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _einsum(use: Use) -> Operand:
    equation, ranks = use.text("equation").replace(" ", ""), [len(use.shape(at)) for at in range(len(use))]
    terms, result = _labels(equation, ranks)
    operands = [whole(use, index) for index in range(len(use))]
    if len(terms) == 1:
        return each(operands[0], lambda part: _alone(part, terms[0], result))
    if len(terms) != 2:
        raise OpError(f"a sum of {len(terms)} operands is not supported: two at a time are")
    return bilinear(operands[0], operands[1], lambda a, b: _pair(a, b, terms, result, equation))


def _labels(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The labels of each dim; those of the ellipsis are letters that are used for nothing else."""
    before, arrow, result = equation.partition("->")
    terms = before.split(",")
    if not arrow or len(terms) != len(ranks):
        raise OpError(f"the equation {equation} is not understood")
    spare = [letter for letter in ascii_letters if letter not in equation]
    counts = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    most = max([0, *(count for term, count in zip(terms, counts, strict=True) if "..." in term)])
    wrong = [count for term, count in zip(terms, counts, strict=True) if count < 0 or (count and "..." not in term)]
    if wrong or most > len(spare):
        raise OpError(f"the equation {equation} is not one for tensors of {' and '.join(map(str, ranks))} dims")
    rest = "".join(spare[:most])
    whole_terms = [term.replace("...", rest[most - count :]) for term, count in zip(terms, counts, strict=True)]
    found = result.replace("...", rest)
    if len(set(found)) != len(found):
        raise OpError(f"the result of {equation} has a label twice")
    return whole_terms, found


def _alone(x: Tensor, labels: str, result: str) -> Tensor:
    x, labels = _summed(*_diagonal(x, labels), result)
    if set(labels) != set(result):
        raise OpError("a label of the result is in no operand")
    return transpose(x, [labels.index(label) for label in result])


def _pair(a: Tensor, b: Tensor, terms: Sequence[str], result: str, equation: str) -> Tensor:
    (a, left), (b, right) = _diagonal(a, terms[0]), _diagonal(b, terms[1])
    (a, left), (b, right) = _without_ones(a, left, b, right), _without_ones(b, right, a, left)
    a, left = _summed(a, left, right + result)
    b, right = _summed(b, right, left + result)
    shared = [label for label in left if label in right]
    batch = [label for label in shared if label in result]
    over = [label for label in shared if label not in result]
    found = [*batch, *(label for label in left + right if label not in shared)]
    if set(found) != set(result):
        raise OpError("a label of the result is in no operand")
    for label in batch[1:]:
        sizes = a.shape[left.index(label)], b.shape[right.index(label)]
        if sizes[0] != sizes[1] and label not in equation:
            raise OpError(f"it is not known whether dims of {sizes[0]} and {sizes[1]} broadcast")
    product = dot(a, b, _places(over, left, right), _places(batch, left, right))
    return transpose(product, [found.index(label) for label in result])


def _places(chosen: Sequence[str], left: str, right: str) -> tuple[list[int], list[int]]:
    return [left.index(label) for label in chosen], [right.index(label) for label in chosen]


def _without_ones(x: Tensor, own: str, other: Tensor, others: str) -> tuple[Tensor, str]:
    """Without dims of size 1 that broadcast to those of the other operand."""
    gone = [at for at, label in enumerate(own)
            if x.shape[at] == 1 and label in others and other.shape[others.index(label)] != 1]  # fmt: skip
    if not gone:
        return x, own
    shape = tuple(size for at, size in enumerate(x.shape) if at not in gone)
    return reshape(x, shape), "".join(label for at, label in enumerate(own) if at not in gone)


def _summed(x: Tensor, own: str, others: str) -> tuple[Tensor, str]:
    """Without the dims whose labels are nowhere else."""
    alone = [axis for axis, label in enumerate(own) if label not in others]
    if not alone:
        return x, own
    return reduced("Sum", x, alone), "".join(label for label in own if label in others)


def _diagonal(x: Tensor, labels: str) -> tuple[Tensor, str]:
    """The diagonal of dims that have the same label."""
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is None:
        return x, labels
    first = labels.index(twice)
    second = labels.index(twice, first + 1)
    rest = [axis for axis in range(x.rank) if axis not in (first, second)]
    size, others = x.shape[first], tuple(x.shape[axis] for axis in rest)
    flat = reshape(transpose(x, [*rest, first, second]), (*others, dims.product((size, size))))
    places = iota(x.builder, size) * dim_value(x.builder, size + 1)
    found = take(flat, places, len(rest))
    return _diagonal(found, "".join(labels[axis] for axis in rest) + twice)


OPS: dict[str, Row] = {"Einsum": Op(_einsum, complex=True)}
