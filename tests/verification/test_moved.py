"""Quantized models: held against their own weights, and these against what rounding explains."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from tests.verification.models import GraphSource, write
from totfjs.cli.text import describe_verification
from totfjs.cli.verdict import describe
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType
from totfjs.sources.tfjs import read_web_model
from totfjs.verification import begin, plan, prove, verify
from totfjs.verification.moved import deviation, meaning, moved
from totfjs.verification.round import Round
from totfjs.verification.tolerance import Tolerance


def product(factor: float = 1.0) -> Graph:
    """A product with random weights."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 16))
    weights = np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32) * np.float32(factor)
    return distinct(builder.build({"y": builder.op("MatMul", x, builder.const(weights, name="kernel"))}))


def against(source: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("totfjs.verification.against.open_source", lambda *_, **__: source)
    return "a source"


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16"])
def test_rounding_explains_what_quantization_does(
    dtype: str, tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write(product(), tmp_path / "web", quantize=dtype)
    found = verify(directory, against(GraphSource(product()), monkeypatch), engine=engine)
    assert found.passed
    assert found.against == "its own quantized weights in numpy"
    assert found.deviation is not None and found.explained is not None
    assert 0 < found.deviation < found.explained < 0.2
    assert (found.deviation > 1e-3) == (dtype == "uint8")
    assert "rounding explains up to" in describe(found, lambda text, passed: text)


def test_the_round_that_moves_furthest_counts(tmp_path: Path) -> None:
    model = read_web_model(write(product(), tmp_path / "web", quantize="uint16"))
    given = [np.random.default_rng(seed).normal(size=(2, 16)).astype(np.float32) for seed in (0, 1)]
    rounds = [Round({"b": 2}, {"x": x}, partial(GraphSource(product()).evaluate, {"x": x})) for x in given]
    own = [replace(turn, expected=partial(meaning, model, turn)) for turn in rounds]
    near, explained = moved(model, own, rounds, Tolerance())
    assert 0 < near < explained
    rounds[1] = replace(rounds[1], expected=partial(GraphSource(product(1.5)).evaluate, {"x": given[1]}))
    assert moved(model, own, rounds, Tolerance())[0] == pytest.approx(1 / 3, rel=0.01)


def test_another_model_is_not_excused_by_quantization(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write(product(), tmp_path / "web", quantize="uint8")
    found = verify(directory, against(GraphSource(product(1.5)), monkeypatch), engine=engine)
    assert found.passed is False
    assert not found.failures
    text = describe(found, lambda text, passed: text)
    assert "the outputs are further from the source than quantization explains" in text
    assert text.endswith("VERIFICATION FAILED against its own quantized weights in numpy")


def test_a_conversion_that_computes_something_else_is_not_excused_either(tmp_path: Path) -> None:
    directory = write(product(), tmp_path / "web", quantize="uint8")
    chosen = plan("cpu")
    found = prove(begin(chosen, GraphSource(product(), wrong=9.0), product()), directory, quantized=True)
    chosen.close()
    assert found.passed is False
    assert "that rounding explains" in describe_verification(found, "")


def test_with_a_tolerance_of_the_user_it_is_held_against_the_source(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write(product(), tmp_path / "web", quantize="uint8")
    source = against(GraphSource(product()), monkeypatch)
    assert verify(directory, source, tolerance=0.1, engine=engine).passed
    assert verify(directory, source, tolerance=1e-5, engine=engine).passed is False


def test_pairs_of_the_original_are_explained_too(tmp_path: Path, engine: Any) -> None:
    directory = write(product(), tmp_path / "web", quantize="uint8")
    x = np.random.default_rng(0).normal(size=(4, 16)).astype(np.float32)
    y = GraphSource(product()).evaluate({"x": x})["y"]
    assert verify(directory, pairs=(x, y), engine=engine).passed
    assert verify(directory, pairs=(x, y[::-1]), engine=engine).passed is False


def test_a_layers_model_is_rounded_once_more_as_well(tmp_path: Path, engine: Any) -> None:
    import keras

    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
    result = totfjs.convert(model, tmp_path / "web", quantize="uint8")
    assert result.target == "layers"
    assert result.verification.passed
    found = verify(tmp_path / "web", model, engine=engine)
    assert found.passed
    assert found.explained is not None


def test_outputs_of_another_shape_are_infinitely_far_apart() -> None:
    assert deviation({"y": np.zeros(2, np.float32)}, {"y": np.zeros(3, np.float32)}) == float("inf")
    assert deviation({"y": np.ones(2, np.float32)}, {"y": np.array([np.nan, 1], np.float32)}) == float("inf")
    assert deviation({"n": np.zeros(2, np.int32)}, {"n": np.ones(2, np.int32)}) == 0.0
