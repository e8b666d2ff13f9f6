from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from tests.loader.node import with_tensorflow
from totfjs.loader import export_loader
from totfjs.runtime import Engine

KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4) / 8


def named(x: Any, counts: Any) -> dict[str, Any]:
    """Two inputs, and outputs whose names are no identifiers."""
    return {"2nd */ best": (x @ KERNEL).argmax(-1), "logits": x @ KERNEL + counts[:, None], "sum": x.sum()}


@pytest.fixture(scope="session")
def graph_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("graph") / "web"
    inputs = {"x": ("b", 3), "how many": "int32[b]"}
    totfjs.convert(named, directory, inputs=inputs, shard_size=16, verify="off")
    return directory


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, graph_model: Path, engine: Engine) -> Path:
    """A directory with the loader of the graph model, and TensorFlow.js."""
    directory = with_tensorflow(tmp_path_factory.mktemp("site"))
    export_loader(graph_model, directory, engine=engine)
    (directory / "package.json").write_text('{"type": "module"}')
    return directory
