"""What tf-keras and older versions of Keras wrote: read from its files, through real TensorFlow.js, against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures.tf_keras import contents, having, unpack, values
from tests.graph.ops.harness import assert_close, run
from totfjs.errors import TotfjsError
from totfjs.graph.encode import distinct
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.graph.types import DType
from totfjs.passes import optimize
from totfjs.sources.keras import load
from totfjs.sources.keras.source import KerasModel

# What a file has no description of, or TensorFlow.js no op for: part of the error.
REFUSED = {
    "custom_layer": "a class of one's own, of fixtures",
    "lambda": "Python code, which totfjs never runs",
    "saved_subclassed": "is code, of which the file has no description",
    "op_einsum": "takes operands that tf-keras does not write",
    "hashed_crossing": "hashes pairs of values in a way of its own",
    "hashing_numbers": "hashes numbers as text",
    "hashing_words_salt": "its salt asks for SipHash",
    "text_vectorization_characters": "its split 'character' is not at spaces",
    "text_vectorization_ngrams": "it makes n-grams",
}
# Ops that not every backend has a kernel for.
WHERE: dict[str, tuple[Backend, ...]] = {
    **dict.fromkeys(("hashing_words", "hashing_words_mask", "string_lookup_mask"), ("cpu", "wasm")),
    "text_vectorization_multi_hot": ("cpu", "wasm"),
    **dict.fromkeys(("text_vectorization", "text_vectorization_adapted", "vectorised_text", "saved_adapted"), ("cpu",)),
}
# Half precision is computed in float32.
TOLERANCE = {"mixed_float16": 1e-2, "mixed_bfloat16": 3e-2, "saved_mixed": 1e-2}

FILES = [(kind, name) for kind in ("model.h5", "model.keras", "saved_model") for name in having(kind)]
SOUND = [(kind, name) for kind, name in FILES if name not in REFUSED]


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_a_model_computes_in_tensorflow_js_what_its_library_predicts(
    engine: Any, kind: str, name: str, tmp_path: Path
) -> None:
    backends = WHERE.get(name, BACKENDS)
    source = load(unpack(name, kind, tmp_path))
    graph = source.graph(backends)
    inputs, expected = values(name)
    fed = fitting(source, inputs)
    tolerance = TOLERANCE.get(name, 1e-5)
    if backends == BACKENDS:
        compare(list(source.evaluate(fed).values()), expected, tolerance)
    optimised = distinct(optimize(graph))
    for backend in {"cpu", "wasm"} & set(backends):
        results = run(engine, optimised, fed, backend)
        compare([results[output] for output in graph.outputs], expected, tolerance)


@pytest.mark.parametrize(("kind", "name"), [item for item in FILES if item[1] in REFUSED])
def test_what_a_file_does_not_tell_is_refused_by_name(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(TotfjsError, match=REFUSED[name]):
        load(unpack(name, kind, tmp_path)).graph()


@pytest.mark.parametrize(("kind", "name"), [item for item in FILES if item[1] in WHERE])
def test_what_only_some_backends_have_is_refused_for_all(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(TotfjsError, match="cannot run on"):
        load(unpack(name, kind, tmp_path)).graph()


def test_every_model_of_the_fixtures_is_read() -> None:
    names = {name for _, name in FILES}
    assert names == {name for name, files in contents().items() if files != ("io.npz",)}
    assert {*REFUSED, *WHERE, *TOLERANCE} <= names


def fitting(source: KerasModel, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The inputs under the names that they have here, in the dtypes of TensorFlow.js."""
    kinds = {DType.INT32: np.int32, DType.FLOAT32: np.float32, DType.STRING: object, DType.BOOL: np.bool_}
    pairs = zip(source.inputs.items(), inputs.values(), strict=True)
    return {name: array.astype(kinds[kind.dtype]) for (name, kind), array in pairs}


def compare(actual: list[np.ndarray], expected: list[np.ndarray], tolerance: float) -> None:
    """Holds each output against the one that was recorded."""
    kinds = {"i": np.int32, "u": np.int32, "f": np.float32, "U": object}
    for value, recorded in zip(actual, expected, strict=True):
        assert_close(value, recorded.astype(kinds.get(recorded.dtype.kind, recorded.dtype)), tolerance, True)
