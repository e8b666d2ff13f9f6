from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import totfjs
from jax_to_tfjs_demo.conversion import Origin, convert, count, default_output, fingerprint, origin_of
from jax_to_tfjs_demo.models import find


def origin(params: object, quantization: str = "none") -> Origin:
    return Origin(
        "jax_mnist", "JAX", "checkpoints/jax_mnist/1", 1, 0.99, quantization, "mnist",
        count(params), fingerprint(params),  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_web_model_is_proved_says_where_it_came_from_and_runs(tmp_path: Path) -> None:
    model = find("jax")
    params = model.init(0)
    result = convert(model, params, tmp_path / "web", origin(params))
    assert result.verification.passed
    assert [str(each) for each in result.inputs + result.outputs] == [
        "image: float32[b, 28, 28, 1]",
        "logits: float32[b, 10]",
    ]
    assert origin_of(tmp_path / "web") == origin(params)
    image = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    logits = totfjs.run(tmp_path / "web", {"image": image})["logits"]
    np.testing.assert_allclose(logits, model.logits(params, image), atol=1e-4)


def test_a_web_model_is_replaced_and_what_is_none_is_not(tmp_path: Path) -> None:
    model = find("jax")
    for seed in (0, 1):
        params = model.init(seed)
        convert(model, params, tmp_path / "web", origin(params, "uint8"), verify="off")
        assert origin_of(tmp_path / "web") == origin(params, "uint8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("five years", "utf-8")
    with pytest.raises(totfjs.TotfjsError, match="thesis"):
        convert(model, params, tmp_path / "mine", origin(params), verify="off")


def test_where_it_is_written_when_nobody_says() -> None:
    assert default_output("jax_mnist", "none").as_posix() == "tfjs_models/jax_mnist"
    assert default_output("jax_mnist", "uint8").as_posix() == "tfjs_models/jax_mnist_uint8"
