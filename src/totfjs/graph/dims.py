"""Symbolic dimensions: integers that are not known yet, such as the batch size `b`, with exact arithmetic on them.

A dimension is an `int` or a `Dim`. A `Dim` is a polynomial with integer coefficients over atoms; an atom is a
symbol or a call such as `floordiv(b, 2)` which no polynomial can express. Equal polynomials are equal `Dim`s.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Opaque:
    """An operation on dimensions that is kept as it stands, because its operands are not known yet."""

    function: str
    operands: tuple[Size, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.operands))})"


Atom: TypeAlias = "str | Opaque"
Monomial: TypeAlias = tuple[tuple[Atom, int], ...]


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension whose size is known when the model runs."""

    terms: tuple[tuple[Monomial, int], ...]

    def __add__(self, other: Size) -> Size:
        return _from_terms((*self.terms, *_terms(other)))

    def __mul__(self, other: Size) -> Size:
        return _from_terms((_times(m, n), a * b) for m, a in self.terms for n, b in _terms(other))

    def __neg__(self) -> Size:
        return self * -1

    def __sub__(self, other: Size) -> Size:
        return self + (other * -1)

    def __rsub__(self, other: int) -> Size:
        return (self * -1) + other

    def __floordiv__(self, other: Size) -> Size:
        return floordiv(self, other)

    def __mod__(self, other: Size) -> Size:
        return modulo(self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def symbols(self) -> frozenset[str]:
        """The names that this dimension depends on."""
        return frozenset(symbol for monomial, _ in self.terms for atom, _ in monomial for symbol in _atom_symbols(atom))

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number that this dimension is for the given sizes of its symbols."""
        return sum(
            coefficient * reduce(mul, (_atom_value(atom, sizes) ** power for atom, power in monomial), 1)
            for monomial, coefficient in self.terms
        )

    def __str__(self) -> str:
        parts = [_term_text(monomial, coefficient) for monomial, coefficient in self.terms]
        return " + ".join(parts).replace("+ -", "- ")

    def __repr__(self) -> str:
        return str(self)


Size: TypeAlias = int | Dim
Shape: TypeAlias = tuple[Size, ...]
# More than any model has, and few enough that a hostile text cannot ask for a day of multiplications.
HIGHEST_POWER = 32

_EVALUATE: dict[str, Callable[[int, int], int]] = {
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "max": max,
    "min": min,
    "broadcast": lambda a, b: b if a == 1 else a,
}


def symbol(name: str) -> Dim:
    """The dimension called `name`."""
    return Dim(((((name, 1),), 1),))


def evaluate(size: Size, sizes: Mapping[str, int]) -> int:
    """The number that a dimension is for the given sizes of its symbols."""
    return size if isinstance(size, int) else size.evaluate(sizes)


def substitute(size: Size, meaning: Mapping[str, Size]) -> Size:
    """A dimension with other dimensions, or numbers, for some of its symbols."""
    if isinstance(size, int):
        return size
    terms = (coefficient * product(_atom_meaning(atom, meaning) for atom, power in monomial for _ in range(power))
             for monomial, coefficient in size.terms)  # fmt: skip
    return reduce(lambda a, b: a + b, terms, 0)  # type: ignore[return-value,arg-type]


def symbols_of(shape: Iterable[Size]) -> tuple[str, ...]:
    """The names that a shape depends on, in order of first appearance."""
    return tuple(dict.fromkeys(name for size in shape if isinstance(size, Dim) for name in sorted(size.symbols)))


def floordiv(a: Size, b: Size) -> Size:
    """`a // b`, exact: carried out term by term where every coefficient is divisible."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if a == b:
        return 1
    if isinstance(b, int) and isinstance(a, Dim):
        whole = [(monomial, c) for monomial, c in a.terms if c % b == 0]
        rest = _from_terms((monomial, c) for monomial, c in a.terms if c % b != 0)
        quotient = _from_terms((monomial, c // b) for monomial, c in whole)
        if isinstance(rest, int):
            return quotient + rest // b
        return quotient + _opaque("floordiv", rest, b)
    quotient_or_none = _divide_exactly(a, b)
    return _opaque("floordiv", a, b) if quotient_or_none is None else quotient_or_none


def modulo(a: Size, b: Size) -> Size:
    """`a % b`, dropping the terms that `b` divides."""
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    if a == b:
        return 0
    if isinstance(b, int) and isinstance(a, Dim):
        rest = _from_terms((monomial, c % b) for monomial, c in a.terms)
        return rest % b if isinstance(rest, int) else _opaque("mod", rest, b)
    return 0 if _divide_exactly(a, b) is not None else _opaque("mod", a, b)


def maximum(a: Size, b: Size) -> Size:
    """The larger of two dimensions."""
    return _extreme("max", a, b)


def minimum(a: Size, b: Size) -> Size:
    """The smaller of two dimensions."""
    return _extreme("min", a, b)


def broadcast(a: Size, b: Size) -> Size:
    """The dimension of `x + y` where `x` has `a` and `y` has `b` there; raises ValueError when they cannot meet."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if isinstance(a, int) and isinstance(b, int):
        raise ValueError(f"sizes {a} and {b} do not broadcast")
    if isinstance(a, int) or isinstance(b, int):  # a number other than 1 decides: the runtime checks the other one
        return a if isinstance(a, int) else b
    own, other = _met(a), _met(b)
    if own >= other:  # what has met a dim already gains nothing by it: else nested dims double with each operation
        return a
    return b if other > own else _opaque("broadcast", a, b)


def product(shape: Iterable[Size]) -> Size:
    """The number of elements of a shape."""
    return reduce(lambda a, b: a * b, shape, 1)  # type: ignore[return-value,arg-type]


def parse(text: str) -> Size:
    """Reads `b`, `2*b + 1`, `floordiv(t, 2)`, `h // 2`; raises ValueError for anything else."""
    try:
        return _from_ast(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text!r} is not a dimension") from error


_BINARY: dict[type[ast.operator], Callable[[Size, Size], Size]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: floordiv,
    ast.Mod: modulo,
}
_CALLS = {"floordiv": floordiv, "mod": modulo, "max": maximum, "min": minimum, "broadcast": broadcast}


def _from_ast(node: ast.expr) -> Size:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            return symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _from_ast(operand) * -1
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))) if power <= HIGHEST_POWER:
            return product((_from_ast(left),) * power)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return _BINARY[type(operator)](_from_ast(left), _from_ast(right))
        case ast.Call(func=ast.Name(id=name), args=[first, second], keywords=[]) if name in _CALLS:
            return _CALLS[name](_from_ast(first), _from_ast(second))
    raise ValueError(f"{ast.unparse(node)!r} is not a dimension")


def _terms(size: Size) -> tuple[tuple[Monomial, int], ...]:
    return size.terms if isinstance(size, Dim) else (((), size),)


def _from_terms(terms: Iterable[tuple[Monomial, int]]) -> Size:
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = sorted(((m, c) for m, c in total.items() if c), key=lambda term: (-sum(p for _, p in term[0]), str(term[0])))
    if not kept:
        return 0
    if len(kept) == 1 and kept[0][0] == ():
        return kept[0][1]
    return Dim(tuple(kept))


def _times(a: Monomial, b: Monomial) -> Monomial:
    powers: dict[Atom, int] = {}
    for atom, power in (*a, *b):
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda item: str(item[0])))


def _divide_exactly(a: Size, b: Size) -> Size | None:
    """`a / b` when `b` is a single term that divides each term of `a`."""
    if not isinstance(b, Dim) or len(b.terms) != 1:
        return 0 if a == 0 else None
    (divisor, by), quotient = b.terms[0], []
    for monomial, coefficient in _terms(a):
        powers = dict(monomial)
        for atom, power in divisor:
            powers[atom] = powers.get(atom, 0) - power
        if coefficient % by or min(powers.values(), default=0) < 0:
            return None
        quotient.append((tuple((atom, p) for atom, p in powers.items() if p), coefficient // by))
    return _from_terms(quotient)


def _extreme(function: str, a: Size, b: Size) -> Size:
    if a == b:
        return a
    if isinstance(a, int) and isinstance(b, int):
        return _EVALUATE[function](a, b)
    return _opaque(function, a, b)


def _met(size: Size) -> frozenset[Size]:
    """The dims of which this one is the broadcast; itself where it is none."""
    if isinstance(size, Dim) and len(size.terms) == 1:
        (monomial, coefficient), *_ = size.terms
        if coefficient == 1 and len(monomial) == 1:
            (atom, power), *_ = monomial
            if power == 1 and isinstance(atom, Opaque) and atom.function == "broadcast":
                return _met(atom.operands[0]) | _met(atom.operands[1])
    return frozenset((size,))


def _opaque(function: str, a: Size, b: Size) -> Dim:
    return Dim(((((Opaque(function, (a, b)), 1),), 1),))


def _atom_symbols(atom: Atom) -> frozenset[str]:
    if isinstance(atom, str):
        return frozenset((atom,))
    return frozenset(name for operand in atom.operands if isinstance(operand, Dim) for name in operand.symbols)


def _atom_meaning(atom: Atom, meaning: Mapping[str, Size]) -> Size:
    if isinstance(atom, str):
        return meaning.get(atom, symbol(atom))
    first, second = (substitute(operand, meaning) for operand in atom.operands)
    return _CALLS[atom.function](first, second)


def _atom_value(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, str):
        return sizes[atom]
    first, second = (evaluate(operand, sizes) for operand in atom.operands)
    return _EVALUATE[atom.function](first, second)


def _term_text(monomial: Monomial, coefficient: int) -> str:
    factors = [str(atom) if power == 1 else f"{atom}**{power}" for atom, power in monomial]
    if coefficient == -1 and factors:
        return "-" + "*".join(factors)
    if coefficient != 1 or not factors:
        factors.insert(0, str(coefficient))
    return "*".join(factors)
