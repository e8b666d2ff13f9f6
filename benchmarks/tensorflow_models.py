"""Whole models that TensorFlow wrote, through `convert`: the error in TensorFlow.js against TensorFlow's own results.

    python benchmarks/tensorflow_models.py [NAME...] [--folder FOLDER]

keras.applications at full size and the small models of the tests, from Keras 3 and tf_keras, in each form that makes
sense: tf.saved_model.save, model.export, frozen graph. TensorFlow runs in an environment of its own, which is made with
uv unless TOTFJS_TENSORFLOW names the Python of one. Bar: all convert, and match within 1e-4 of the largest output.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.sources.tensorflow.models import FROZEN, Model

import totfjs

ROOT = Path(__file__).parents[1]

BAR = 1e-4
BACKENDS = ("cpu", "wasm")
PACKAGES = ("tensorflow-cpu==2.19.1", "tf_keras==2.19.0", "keras==3.15.1")


def tensorflow(folder: Path) -> str:
    """The Python of an environment with TensorFlow."""
    if os.environ.get("TOTFJS_TENSORFLOW"):
        return os.environ["TOTFJS_TENSORFLOW"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "-p", "3.11", str(folder)], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True)
    return str(python)


def make(folder: Path, names: list[str]) -> list[Model]:
    """The models, made if they are not there."""
    if not folder.is_dir() or not any(folder.iterdir()):
        command = [
            tensorflow(ROOT / "build" / "tensorflow"),
            "-m",
            "tests.fixtures.tensorflow.models",
            "--large",
            str(folder),
        ]
        subprocess.run([*command, *names], check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = (path for path in sorted(folder.iterdir()) if path.is_dir())
    return [Model(path) for path in found if not names or path.name.rpartition(".")[0] in names]


def measured(model: Model, place: Path, backends: Sequence[str]) -> list[float]:
    """The error on each backend, relative to the largest output."""
    source = model.open(place)
    fed, expected = model.inputs(source), model.outputs(source)
    path = model.path / FROZEN if (model.path / FROZEN).exists() else model.path
    totfjs.convert(path, place / "web", outputs=list(source.signature.outputs), verify="off", force=True)
    return [_error(totfjs.run(place / "web", fed, backend=backend), expected) for backend in backends]


def _error(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    return max(_off(found[name], value) for name, value in expected.items())


def _off(found: np.ndarray, value: np.ndarray) -> float:
    if found.shape != value.shape:
        return float("inf")
    if value.dtype.kind != "f":
        return 0.0 if np.array_equal(found, value) else float("inf")
    return float(np.max(np.abs(found - value), initial=0) / max(np.max(np.abs(value), initial=0), 1e-6))


def main() -> None:
    """Measure all models, or those that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "tensorflow_models")
    parser.add_argument("--backends", default=",".join(BACKENDS))
    arguments = parser.parse_args()
    backends = arguments.backends.split(",")
    met, models = 0, make(arguments.folder, arguments.names)
    print(f"| model | seconds | {' | '.join(backends)} | bar |\n|---|---|{'---|' * len(backends)}---|")
    for model in models:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as place:
            try:
                errors = measured(model, Path(place), backends)
            except totfjs.TotfjsError as error:
                print(
                    f"| {model} | refused: {' '.join(str(error).split())[:200]} |{' |' * len(backends)} MISSED |",
                    flush=True,
                )
                continue
        seconds, good = time.perf_counter() - start, max(errors) <= BAR
        met += good
        shown = " | ".join(f"{error:.1e}" for error in errors)
        print(f"| {model} | {seconds:.1f} | {shown} | {'met' if good else 'MISSED'} |", flush=True)
    print(f"\n{met} of {len(models)} models meet the bar.")
    sys.exit(met < len(models))


if __name__ == "__main__":
    main()
