"""Running a converted model from its files in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from totfjs.runtime.engine import Engine, open_engine
from totfjs.runtime.model_files import read_model
from totfjs.runtime.tensors import Array


def run_model(
    model_dir: str | Path,
    inputs: Mapping[str, Array],
    outputs: Sequence[str] | None = None,
    backend: str = "wasm",
    engine: Engine | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> dict[str, Array]:
    """Runs the model in `model_dir` in a real TensorFlow.js and returns its outputs by name, in the model's order.

    A model that takes longer than `time_limit` seconds, or more than `memory_limit` bytes, is stopped with an error.
    """
    files = read_model(model_dir)
    with (
        open_engine(None, time_limit, memory_limit) if engine is None else nullcontext(engine) as running,
        running.load(files.json, files.shards(), backend) as session,
    ):
        return session.execute(inputs, outputs)
