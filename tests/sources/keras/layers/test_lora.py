"""Low-rank updates of kernels: HDF5 files hold them apart, archives hold the sum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.sources.keras.row import floats, randomised
from totfjs.sources.keras import load

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


def _model(rank: int, alpha: float | None) -> Any:
    import keras

    x = keras.Input((6, 6, 3))
    model = keras.Model(x, keras.layers.Conv2D(4, 3, lora_rank=rank, lora_alpha=alpha)(x))
    return randomised(model)


def _dense() -> Any:
    import keras

    x = keras.Input((3, 5))
    between = keras.layers.Dense(4, lora_rank=2)(x)
    y = keras.layers.EinsumDense("abc,cde->abde", (None, 2, 3), lora_rank=2, lora_alpha=3, bias_axes="e")(between)
    return randomised(keras.Model(x, y))


def _embedding() -> Any:
    import keras

    x = keras.Input((5,))
    return randomised(keras.Model(x, keras.layers.Embedding(4, 3, lora_rank=2, lora_alpha=3)(x)))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [_dense, _embedding])
def test_products_and_tables_have_their_low_rank_updates(tmp_path: Path, suffix: str, make: Any) -> None:
    model = make()
    x = np.abs(floats(*(2, *model.input_shape[1:])))
    model.save(tmp_path / f"model{suffix}")
    found = load(tmp_path / f"model{suffix}")
    (result,) = found.evaluate(dict.fromkeys(found.inputs, x)).values()
    np.testing.assert_allclose(result, model(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(("rank", "alpha"), [(2, 3.0), (3, None)])
def test_a_kernel_has_its_low_rank_update(tmp_path: Path, suffix: str, rank: int, alpha: float | None) -> None:
    model, x = _model(rank, alpha), floats(2, 6, 6, 3)
    model.save(tmp_path / f"model{suffix}")
    found = load(tmp_path / f"model{suffix}")
    (result,) = found.evaluate(dict.fromkeys(found.inputs, x)).values()
    np.testing.assert_allclose(result, model(x), rtol=1e-5, atol=1e-5)
