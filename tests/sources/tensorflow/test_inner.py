"""Nodes that lie in functions, asked for as outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.sources.tensorflow.reading.models import cases, unpacked
from totfjs.errors import UnsupportedError, UsageError
from totfjs.sources.tensorflow import load


def test_a_node_of_a_function_is_an_output_beside_those_of_the_signature(tmp_path: Path) -> None:
    model = load(unpacked("two", tmp_path), outputs=["Relu", "output_0", "Sum"])
    case = cases("two")[0]
    found = model.evaluate(case["inputs"])
    assert list(found) == ["Relu", "output_0", "Sum"]
    np.testing.assert_array_equal(found["output_0"], case["outputs"]["output_0"])
    np.testing.assert_array_equal(found["Sum"], case["outputs"]["output_2"])
    bias = found["output_0"] - found["Relu"]
    np.testing.assert_allclose(bias, np.broadcast_to(bias[0], bias.shape), rtol=1e-5)
    assert found["Relu"].min() == 0


def test_inputs_that_an_inner_node_does_not_need_stay_inputs_of_the_signature(tmp_path: Path) -> None:
    model = load(unpacked("two", tmp_path), outputs=["Relu:0"])
    assert list(model.inputs) == ["zebra", "apple"]
    assert list(model.graph().outputs) == ["Relu:0"]


def test_a_name_of_several_nodes_is_told_apart_by_the_calls_before_it(tmp_path: Path) -> None:
    path = unpacked("two", tmp_path)
    with pytest.raises(UsageError, match="2 nodes are called 'add', as the model calls several functions") as error:
        load(path, outputs=["add"])
    names = error.value.remedy.removeprefix("Name the calls before it, as in ").removesuffix(".").split(", ")
    case = cases("two")[0]
    found = load(path, outputs=names).evaluate(case["inputs"])
    outer, inner = (found[name] for name in names)
    np.testing.assert_array_equal(outer, case["outputs"]["output_0"])
    np.testing.assert_array_equal(inner, case["inputs"]["zebra"] + 1)


def test_nodes_of_alike_names_are_offered(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no output and no node 'dense'") as error:
        load(unpacked("keras3", tmp_path), outputs=["dense"])
    assert "functional_1/dense_1/Relu" in error.value.remedy


def test_an_output_that_a_node_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="Relu:3 is read, but Relu has no such output"):
        load(unpacked("two", tmp_path), outputs=["Relu:3"]).graph()
