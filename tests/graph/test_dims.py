from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from totfjs.graph import dims
from totfjs.graph.dims import Dim, Size, evaluate, parse, symbol

B, T = symbol("b"), symbol("t")
NAMES = ("b", "t", "height")
Function = Callable[[Any, Any], Any]
DIMS: dict[str, Function] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "neg": lambda a, b: -a,
    "//": dims.floordiv,
    "%": dims.modulo,
    "max": dims.maximum,
    "min": dims.minimum,
}
NUMBERS: dict[str, Function] = {**DIMS, "//": lambda a, b: a // b, "%": lambda a, b: a % b, "max": max, "min": min}


def expression(generator: random.Random, depth: int) -> Any:
    """A random tree of operations over symbols and small numbers."""
    if depth == 0 or generator.random() < 0.2:
        return generator.choice([*NAMES, generator.randint(-3, 5)])
    return (generator.choice(list(DIMS)), expression(generator, depth - 1), expression(generator, depth - 1))


def carried_out(tree: Any, functions: dict[str, Function], leaf: Callable[[str], Any]) -> Any:
    if isinstance(tree, tuple):
        operation, a, b = tree
        return functions[operation](carried_out(a, functions, leaf), carried_out(b, functions, leaf))
    return leaf(tree) if isinstance(tree, str) else tree


@pytest.mark.parametrize("seed", range(40))
def test_dims_agree_with_the_arithmetic_of_python(seed: int) -> None:
    generator = random.Random(seed)
    compared = 0
    for _ in range(50):
        tree = expression(generator, 4)
        sizes = {name: generator.randint(1, 9) for name in NAMES}
        try:
            expected = carried_out(tree, NUMBERS, sizes.__getitem__)
            found = carried_out(tree, DIMS, symbol)
        except ZeroDivisionError:
            continue
        assert evaluate(found, sizes) == expected, tree
        assert parse(str(found)) == found, tree
        compared += 1
    assert compared > 20


@pytest.mark.parametrize(("text", "expected"), [
    ("7", 7),
    ("b", B),
    (" 2*b + 1 ", 2 * B + 1),
    ("b*b", B * B),
    ("b**2 - b*b", 0),
    ("-b + b", 0),
    ("(b + t)*(b - t)", B * B - T * T),
    ("(4*b + 6) // 2", 2 * B + 3),
    ("b*t // b", T),
    ("6*b % 3", 0),
    ("max(b, b)", B),
    ("min(3, 4)", 3),
    ("mod(b, 2)", dims.modulo(B, 2)),
    ("h // 2", dims.floordiv(symbol("h"), 2)),
])  # fmt: skip
def test_equal_texts_are_equal_dims(text: str, expected: Size) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", [
    "", "b +", "2.5", "True", "b / 2", "f(b)", "max(b)", "max(b, 1, 2)", "b.c", "b[0]", "'b'", "b // 0", "b ** t",
    "b ** -1", "b ** 99999999", "__import__('os')", "(" * 5000, "-" * 100000 + "b",
])  # fmt: skip
def test_anything_else_is_no_dimension(text: str) -> None:
    with pytest.raises(ValueError, match="is not a dimension"):
        parse(text)


@pytest.mark.parametrize(("dim", "text"), [
    (B - 1, "b - 1"), (1 - B, "-b + 1"), (2 * B * T + 3, "2*b*t + 3"), (B * B, "b**2"),
    (dims.floordiv(B + 1, 2), "floordiv(b + 1, 2)"), (dims.maximum(B, 4) * 2, "2*max(b, 4)"),
])  # fmt: skip
def test_dims_read_like_mathematics(dim: Size, text: str) -> None:
    assert str(dim) == text and repr(dim) == text


@pytest.mark.parametrize(("a", "b", "expected"), [
    (B, B, B), (B, 1, B), (1, B, B), (3, 1, 3), (B, 3, 3), (3, B, 3), (0, 1, 0), (B * T, T * B, B * T),
])  # fmt: skip
def test_broadcasting_one_dim(a: Size, b: Size, expected: Size) -> None:
    assert dims.broadcast(a, b) == expected


def test_numbers_that_differ_do_not_broadcast() -> None:
    with pytest.raises(ValueError, match="sizes 2 and 3 do not broadcast"):
        dims.broadcast(2, 3)


def test_symbols_that_differ_broadcast_when_the_model_runs() -> None:
    met = dims.broadcast(B, T)
    assert [evaluate(met, {"b": b, "t": t}) for b, t in ((1, 5), (5, 1), (4, 4))] == [5, 5, 4]
    assert parse(str(met)) == met


def test_what_has_met_a_dim_gains_nothing_by_meeting_it_again() -> None:
    met = dims.broadcast(B, T)
    assert dims.broadcast(met, T) == dims.broadcast(T, met) == dims.broadcast(met, dims.broadcast(T, B)) == met
    more = dims.broadcast(dims.broadcast(T, symbol("h")), met)
    assert dims.broadcast(more, met) == more
    assert str(dims.broadcast(met + 1, T)) == "broadcast(broadcast(b, t) + 1, t)"


def test_equal_dims_have_equal_hashes() -> None:
    assert len({B * T + 1, 1 + T * B, parse("t*b + 1")}) == 1


def test_a_dim_knows_its_symbols() -> None:
    size = dims.maximum(B * T, symbol("h") + 1) * 2
    assert isinstance(size, Dim) and size.symbols == {"b", "t", "h"}
    assert dims.symbols_of((3, T, B * T, size)) == ("t", "b", "h")


def test_the_number_of_elements() -> None:
    assert dims.product(()) == 1
    assert dims.product((2, B, 3, T)) == 6 * B * T
    assert dims.product((B, 0)) == 0
