"""Models that are named on the command line, with checkpoints for their weights."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest

from tests.corpus.randomised import keras
from tests.sources.jax.test_models_kinds import TRANSFORMED, Net
from totfjs.errors import SourceError
from totfjs.sources.resolve import open_source

HERE = "tests.sources.jax.test_models_kinds"
X = np.ones((2, 2), np.float32)


def test_a_haiku_function_with_an_orbax_checkpoint_of_its_train_state(tmp_path: Path) -> None:
    params, state = TRANSFORMED.init(jax.random.key(0), X, True)
    tree = {"params": params, "state": state, "opt_state": optax.adam(1e-3).init(params), "step": 3}
    ocp.PyTreeCheckpointer().save(tmp_path / "haiku", tree)
    opened = open_source(f"{HERE}:TRANSFORMED", weights=tmp_path / "haiku", inputs={"x": "float32[b,2]"})
    expected, _ = TRANSFORMED.apply(params, state, None, X, False)
    np.testing.assert_allclose(opened.evaluate({"x": X})["output"], expected, rtol=1e-4)
    note, *_ = opened.notes
    assert note.startswith("Left out, as only training needs it: ")
    assert "opt_state" in note


def test_a_linen_class_with_a_checkpoint(tmp_path: Path) -> None:
    variables = Net().init(jax.random.key(0), jnp.ones((1, 2)))
    ocp.PyTreeCheckpointer().save(tmp_path / "linen", variables)
    opened = open_source(f"{HERE}:Net", weights=str(tmp_path / "linen"), inputs={"x": "float32[b>=2,2]"})
    np.testing.assert_allclose(opened.evaluate({"x": X})["output"], Net().apply(variables, X, train=False), rtol=1e-5)
    assert opened.notes == ("train=False was set for inference.",)
    assert [str(limit) for limit in opened.limits] == ["b >= 2"]


def build() -> keras.Model:
    return keras.Sequential([keras.Input((2,), name="x"), keras.layers.Dense(3, name="dense")], name="small")


def test_a_factory_of_a_keras_model_with_an_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **{"small/dense/kernel": np.ones((2, 3)), "small/dense/bias": np.ones(3)})
    opened = open_source("tests.sources.test_resolve:build", weights=tmp_path / "w.npz")
    np.testing.assert_allclose(opened.evaluate({"x": X})["dense"], np.full((2, 3), 3.0))


def test_keras_without_its_backend_is_told_of_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "keras" / "src" / "backend"
    room.mkdir(parents=True)
    (room / "core.py").write_text("import a_backend_that_is_not_installed\n")
    (tmp_path / "zoo.py").write_text(f"import sys\nsys.path.insert(0, {str(room)!r})\nimport core\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path), *__import__("sys").path])
    with pytest.raises(SourceError, match="a_backend_that_is_not_installed") as caught:
        open_source("zoo:model", inputs={"x": (1,)})
    assert "KERAS_BACKEND=jax" in caught.value.remedy
