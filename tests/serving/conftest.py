from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime import graphs
from totfjs.serving import Server, serve


def write_model(directory: Path) -> Path:
    """A small model, with something beside it that is nobody's business."""
    directory.mkdir(parents=True)
    (directory / "model.json").write_text(json.dumps(graphs.dense()))
    (directory / "weights.bin").write_bytes(graphs.dense_weights())
    return directory


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("SECRET")
    return write_model(tmp_path / "web")


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def server(model: Path, problems: list[str]) -> Iterator[Server]:
    with serve(model, log=problems.append) as running:
        yield running
