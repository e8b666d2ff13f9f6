"""Layers that Keras computes with TensorFlow alone, against what tf-keras computed when it saved them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures.tf_keras import contents, unpack, values
from tests.graph.ops.harness import assert_close, run
from totfjs.errors import TotfjsError
from totfjs.passes import optimize
from totfjs.sources.keras import load

FAMILIES = ("hash", "string_lookup", "integer_lookup", "saved_lookup", "discretization", "category", "resizing",
            "center_crop", "random_", "rescaling", "normalization", "mha", "attention", "additive", "batch_norm",
            "layer_norm", "group_norm", "instance_norm", "unit_norm", "spectral_norm", "text_vector")  # fmt: skip
REFUSED = {
    "hashed_crossing": "in a way of its own",
    "hashing_numbers": "does not write",
    "hashing_words_salt": "SipHash",
    "text_vectorization_characters": "splits texts at bytes alone",
    "text_vectorization_ngrams": "n-grams",
}
# No other backend of these replaces in texts.
ON_CPU = ("text_vectorization", "text_vectorization_adapted")
# Its outputs are those of the moments that it had before the fixture changed its variables.
STALE = ("normalization_adapted",)
SAVED = [
    (name, file)
    for name, files in contents().items()
    for file in files
    if name.startswith(FAMILIES) and file in ("model.h5", "model.keras") and name not in STALE
]


def fed(array: np.ndarray) -> np.ndarray:
    """An array in a dtype of TensorFlow.js."""
    kind = {"U": object, "S": object, "i": np.int32, "u": np.int32, "f": np.float32}.get(array.dtype.kind)
    return array if kind is None else array.astype(kind)


@pytest.mark.parametrize(("name", "file"), SAVED)
def test_a_file_of_tf_keras_computes_what_tf_keras_computed(engine: Any, name: str, file: str, tmp_path: Path) -> None:
    keras, (inputs, outputs) = load(unpack(name, file, tmp_path)), values(name)
    if name in REFUSED:
        with pytest.raises(TotfjsError, match=REFUSED[name]):
            keras.graph()
        return
    for backend in ("cpu",) if name in ON_CPU else ("cpu", "wasm"):
        graph = optimize(keras.graph([backend]))
        given = {key: fed(array) for key, array in zip(graph.inputs, inputs.values(), strict=True)}
        for actual, expected in zip(run(engine, graph, given, backend).values(), outputs, strict=True):
            assert_close(actual, fed(expected), 1e-5, accumulates=True)
