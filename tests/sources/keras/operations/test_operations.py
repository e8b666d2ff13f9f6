"""Every operation of Keras is lowered or refused with a reason."""

from __future__ import annotations

from importlib import import_module

import pytest

from totfjs.sources.keras.operations import FAMILIES, rules
from totfjs.sources.keras.operations.refused import REFUSED

MODULES = ("core", "einops", "image", "linalg", "math", "nn", "numpy")


def of_keras() -> set[str]:
    """The classes of operations that Keras has."""
    from keras.src.ops.operation import Operation

    modules = [import_module(f"keras.src.ops.{name}") for name in MODULES]
    return {
        name
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Operation) and kind.__module__ == module.__name__
    } - {"Operation", "SegmentReduction"}


def test_every_operation_of_keras_has_a_rule() -> None:
    known = {kind.removeprefix("ops.") for kind in rules() if kind.startswith("ops.")}
    assert of_keras() - known == set()


def test_an_operation_is_in_one_family() -> None:
    kinds = [kind for family in FAMILIES for kind in import_module(f"{rules.__module__}.{family}").OPERATIONS]
    assert sorted(kinds) == sorted(set(kinds))


@pytest.mark.parametrize("reason", sorted(set(REFUSED.values())))
def test_a_refusal_says_why(reason: str) -> None:
    assert len(reason) > 20 and not reason.endswith(".")
