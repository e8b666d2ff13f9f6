"""Masks of merged tensors, as each generation of Keras brings them together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from totfjs.graph.builder import Builder
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import Call, Layer, leaves
from totfjs.sources.keras.lower import Lowering
from totfjs.sources.keras.use import Flow

A = np.bool_([[1, 1, 0, 0]])
B = np.bool_([[1, 0, 1, 0]])


def _merged_mask(kind: str, generation: int, **config: Any) -> np.ndarray:
    builder = Builder(("cpu", "wasm"))
    flows = [
        Flow(builder.input(name, DType.FLOAT32, (1, 4, 2)), builder.input(f"{name}_mask", DType.BOOL, (1, 4)))
        for name in "ab"
    ]
    layer = Layer(kind, "merge", config, generation=generation)
    (flow,) = leaves(Lowering(builder).call(layer, Call((flows,))), Flow)
    values = np.ones((1, 4, 2), np.float32)
    fed = {"a": values, "a_mask": A, "b": values, "b_mask": B}
    return interpret(builder.build({"mask": flow.mask}), fed)["mask"]


@pytest.mark.parametrize("kind", ["Add", "Subtract", "Average", "Multiply", "Maximum", "Minimum", "Concatenate"])
def test_a_step_counts_where_one_mask_has_it_and_before_keras_3_where_all_have(kind: str) -> None:
    np.testing.assert_array_equal(_merged_mask(kind, 3), A | B)
    np.testing.assert_array_equal(_merged_mask(kind, 2), A & B)


@pytest.mark.parametrize("generation", [2, 3])
def test_steps_in_a_row_keep_their_masks(generation: int) -> None:
    np.testing.assert_array_equal(_merged_mask("Concatenate", generation, axis=1), np.concatenate([A, B], 1))
