"""Weights by layer: scopes are split while there is room, and nothing is lost."""

import pytest

from totfjs.inspection.sizes import Group, by_layer, by_storage
from totfjs.inspection.weight import Weight


def _weights(*names: str, size: int = 4):
    return [Weight(name, "float32", (size // 4,), size, "float32") for name in names]


@pytest.mark.parametrize(
    ("names", "most", "groups"),
    [
        (("a", "b"), 4, [""]),
        (("m/a/w", "m/b/w"), 4, ["m/a", "m/b"]),
        (("m/a/w", "m/b/w"), 1, ["2 smaller layers"]),
        (("m/a/w", "m/a/b", "m/w", "top"), 4, ["m/a", "m", ""]),
        (("a/x/w", "a/y/w", "a/z/w", "b/w"), 3, ["a", "b"]),
        ((), 4, []),
    ],
)
def test_scopes_are_split_while_they_fit(names, most, groups):
    assert [group.name for group in by_layer(_weights(*names), most)] == groups


def test_the_heaviest_scope_is_split_first():
    weights = [*_weights("light/a/w", "light/b/w"), *_weights("heavy/a/w", "heavy/b/w", size=400)]
    assert [group.name for group in by_layer(weights, 3)] == ["light", "heavy/a", "heavy/b"]


def test_a_scope_that_is_most_of_the_model_and_no_layer_is_told_weight_by_weight():
    names = [f"heavy/{index}" for index in range(5)]
    weights = [*_weights("light/a"), *_weights(*names, size=400)]
    assert [group.name for group in by_layer(weights, 6)] == ["light", *names]
    assert [group.name for group in by_layer(weights, 5)] == ["light", "heavy"]
    assert [group.name for group in by_layer(weights[:-1], 6)] == ["light", "heavy"]


def test_too_many_layers_end_in_one_row_with_the_light_ones():
    weights = [*_weights("a/w", "b/w", "c/w"), *_weights("d/w", size=40)]
    assert by_layer(weights, 2) == (Group("d", 1, 10, 40), Group("3 smaller layers", 3, 3, 12))


def test_what_is_stored_smaller_is_saved():
    weight = Weight("w", "float32", (10,), 20, "float16")
    (row,) = by_storage([weight])
    assert (row.memory, row.saved) == (40, 20)
    (text,) = by_storage([Weight("s", "string", (1,), 9, "string")])
    assert (text.memory, text.saved) == (9, 0)
