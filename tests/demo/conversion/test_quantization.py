from __future__ import annotations

from pathlib import Path

import pytest

from jax_to_tfjs_demo.conversion import NAMES, QUANTIZATIONS, Origin, convert, count, fingerprint, quantization
from jax_to_tfjs_demo.models import MODELS, Model


def test_each_is_found_by_its_name() -> None:
    assert [quantization(name) for name in NAMES] == list(QUANTIZATIONS)
    assert [each.argument for each in QUANTIZATIONS] == [None, "uint16", "float16", "uint8"]


@pytest.mark.parametrize(("model", "name"), list(zip(MODELS, NAMES, strict=True)), ids=NAMES)
def test_a_size_is_told_before_it_is_written(model: Model, name: str, tmp_path: Path) -> None:
    params = model.init(0)
    origin = Origin(
        model.name, model.framework, "checkpoints/it/1", 1, 0.99, name, "mnist", count(params), fingerprint(params)
    )
    result = convert(model, params, tmp_path / "web", origin, verify="off")
    told = quantization(name).size(params)
    assert abs(told - result.bytes) < 0.05 * result.bytes
