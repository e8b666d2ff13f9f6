import numpy as np
import pytest

from totfjs.checkpoints import leaves, parameters
from totfjs.checkpoints.checkpoint import insert, nest
from totfjs.errors import CheckpointError
from totfjs.weights import Dense

A, B = Dense(np.float32([1])), Dense(np.float32([2]))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"params": {"w": A}}, {"params": {"w": A}}),
        ({"params": {"params": {"w": A}, "batch_stats": {"m": B}}}, {"params": {"w": A}, "batch_stats": {"m": B}}),
        ({"state": {"params": {"w": A}}}, {"params": {"w": A}}),
        ({"step": B, "opt_state": [B], "params": {"w": A}}, {"params": {"w": A}}),
        ({"step": B, "opt_state": {}, "params": {"params": {"w": A}}}, {"params": {"w": A}}),
        ({"step": B, "params": {"w": A}}, {"step": B, "params": {"w": A}}),
        ({"opt_state": {}, "params": {"w": A}, "batch_stats": {"m": B}}, {"params": {"w": A}, "batch_stats": {"m": B}}),
        ({"l": [{"kernel": {"value": A}}]}, {"l": [{"kernel": A}]}),
        ({"value": {"kernel": A}, "other": {"value": B}}, {"value": {"kernel": A}, "other": {"value": B}}),
        ({"w": A}, {"w": A}),
        (A, A),
        ([A], [A]),
        ({}, {}),
    ],
)
def test_the_variables_of_the_model_are_picked(tree, expected):
    assert parameters(tree) == expected


def test_leaves_come_with_their_paths():
    tree = {"a": [A, {"b": B}], "none": None, "number": 2}
    assert [(path, float(array.numpy().sum())) for path, array in leaves(tree)] == [
        (("a", "0"), 1.0),
        (("a", "1", "b"), 2.0),
        (("number",), 2.0),
    ]


@pytest.mark.parametrize(
    ("flat", "tree"),
    [
        ({"a/b": A, "a/c.d": B}, {"a": {"b": A, "c.d": B}}),
        ({"a.b": A, "a.c": B}, {"a": {"b": A, "c": B}}),
        ({"a.b": A, "a": B}, {"a.b": A, "a": B}),
        ({"a..b": A}, {"a..b": A}),
        ({"w": A}, {"w": A}),
        ({}, {}),
    ],
)
def test_flat_names_nest_when_they_can(flat, tree):
    assert nest(flat) == tree


def test_a_leaf_in_a_leaf_is_refused():
    tree = {"a": A}
    with pytest.raises(CheckpointError, match="a/b lies inside an array"):
        insert(tree, ("a", "b"), B)
    with pytest.raises(CheckpointError, match="a is there twice"):
        insert(tree, ("a",), B)
