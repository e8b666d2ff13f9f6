"""Every architecture of keras.applications, from both file formats, through `convert`: the error in TensorFlow.js.

    KERAS_BACKEND=jax python benchmarks/keras_applications.py [NAME...] [--again] [--results FILE]

Weights are random, and the statistics of normalisations those of random images, as training would leave them. Each
model has a process of its own; results are kept, and what is there is not measured again. Bar: at most 1e-4 of the
largest output, on wasm, and the same files from `.keras` and `.h5`. "One ulp" is what the last bit of the images
changes in what Keras itself predicts: deep networks with random weights amplify it.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.sources.keras.networks import network, predictor

import totfjs

BAR = 1e-4
SUFFIXES = (".keras", ".h5")
# Pixels of the images: small, for it is not speed that is measured; yet enough for statistics of many layers.
SIZES = {"InceptionV3": 96, "InceptionResNetV2": 96, "Xception": 96, "ResNet152": 224}
SMALLEST = 64
COLUMNS = ("architecture", "parameters", "layers", "nodes", "seconds (.keras / .h5)", "error", "one ulp", "same files",
           "layers model", "bar")  # fmt: skip


def architectures() -> list[str]:
    """The functions of keras.applications that build models."""
    from keras import applications

    return [name for name in dir(applications) if name[0].isupper() and callable(getattr(applications, name))]


# --- one architecture, in a process of its own ----------------------------------------------------------------------


def measured(name: str) -> dict[str, Any]:
    """What becomes of one architecture."""
    model, images = network(name, SIZES.get(name, SMALLEST))
    predict = predictor(model)
    expected, nudged = predict(images), predict(np.nextafter(images, np.float32(np.inf)))
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        for suffix in SUFFIXES:
            model.save(folder / f"model{suffix}")
        record = {"name": name, "parameters": int(model.count_params()), "layers": len(model.layers)}
        record["floor"] = _deviation(nudged, expected)
        del model, predict
        gc.collect()
        return {**record, **as_graph(folder, images, expected), **as_layers(folder, images, expected)}


def as_graph(folder: Path, images: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
    """The graph models of both files."""
    seconds = {}
    for suffix in SUFFIXES:
        start = time.perf_counter()
        result = totfjs.convert(folder / f"model{suffix}", folder / f"graph{suffix}", to="graph", verify="off")
        seconds[suffix] = round(time.perf_counter() - start, 2)
    contents = [_content(folder / f"graph{suffix}") for suffix in SUFFIXES]
    return {
        "seconds": seconds,
        "nodes": len(json.loads(contents[0]["model.json"])[0]["node"]),
        "equal": contents[0] == contents[1],
        "error": _error(result, images, expected),
    }


def as_layers(folder: Path, images: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
    """The layers model of the archive, or why there is none."""
    try:
        result = totfjs.convert(folder / f"model{SUFFIXES[0]}", folder / "layers", to="layers", verify="off")
    except totfjs.TotfjsError as error:
        return {"refused": str(error).splitlines()[:3]}
    return {"layers_error": _error(result, images, expected)}


def _content(folder: Path) -> dict[str, bytes]:
    """What is in a converted model, but for where it came from."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".bin"}
    document = json.loads((folder / "model.json").read_text())
    return {**files, "model.json": json.dumps([document["modelTopology"], document["weightsManifest"]]).encode()}


def _error(result: totfjs.Result, images: np.ndarray, expected: np.ndarray) -> float:
    """The largest deviation on wasm, relative to the largest output."""
    (actual,) = totfjs.run(result.path, {result.inputs[0].name: images}, backend="wasm").values()
    return _deviation(actual, expected)


def _deviation(actual: np.ndarray, expected: np.ndarray) -> float:
    if actual.shape != expected.shape or not np.isfinite(expected).all():
        return float("inf")
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


# --- all of them ----------------------------------------------------------------------------------------------------


def main() -> bool:
    """Measures what is asked for and not yet known, and prints the table; true when all meet the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names; all by default")
    parser.add_argument("--again", action="store_true", help="measure again what is known")
    parser.add_argument("--results", type=Path, default=Path("build/keras_applications.jsonl"))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.names[0])))
        return True
    names = [name for name in architectures() if not arguments.names or any(part in name for part in arguments.names)]
    known = {} if arguments.again else read(arguments.results)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    met = [_shown(known.get(name) or _asked(name, arguments.results)) for name in names]
    return all(met)


def read(results: Path) -> dict[str, dict[str, Any]]:
    """The newest result of each architecture."""
    lines = results.read_text().splitlines() if results.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def _asked(name: str, results: Path) -> dict[str, Any]:
    """A result, measured by another process, whose end frees all memory; kept unless it failed."""
    done = subprocess.run([sys.executable, __file__, name, "--one"], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"name": name, "failure": done.stderr.strip().splitlines()[-3:]}
    record: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a") as file:
        file.write(json.dumps(record) + "\n")
    return record


def _shown(record: Mapping[str, Any]) -> bool:
    """Prints a row; whether it meets the bar."""
    if "failure" in record:
        print(f"| {record['name']} | {' '.join(record['failure'])} |", flush=True)
        return False
    met = record["equal"] and record["error"] <= BAR and record.get("layers_error", 0) <= BAR
    layers = f"{record['layers_error']:.1e}" if "layers_error" in record else "refused"
    size, seconds = f"{record['parameters'] / 1e6:.1f} M", " / ".join(map(str, record["seconds"].values()))
    figures = f"{record['error']:.1e}", f"{record['floor']:.1e}", "yes" if record["equal"] else "NO", layers
    cells = (record["name"], size, record["layers"], record["nodes"], seconds, *figures, "met" if met else "MISSED")
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return bool(met)


if __name__ == "__main__":
    sys.exit(not main())
