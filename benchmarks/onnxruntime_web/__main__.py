"""A transformer encoder in TensorFlow.js, converted by totfjs, against the same weights in onnxruntime-web.

    python benchmarks/onnxruntime_web [rounds]

Both run as WebAssembly with SIMD on one thread, in turn, in one page of a headless Chromium; from an array to an array.
onnxruntime-web gets three exports, with all its graph optimisations, and is judged by the fastest.
Bar: at most the time of onnxruntime-web.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import answer
from environment import HERE, chromium, npm_packages, onnx_python
from flax import traverse_util

import totfjs
from measure import verdict
from networks import Network, encoder

BUILD = HERE.parents[1] / "build/onnxruntime_web"
FORMS = ("plain", "gelu", "attention")


def prepare(folder: Path, network: Network, rounds: int) -> None:
    """Writes all that the page reads."""
    (values,) = network.inputs.values()
    values.tofile(folder / "input.bin")
    settings = {"shape": values.shape, "forms": FORMS, "rounds": rounds}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    totfjs.convert((network.module, network.variables), folder / "web", inputs=network.shapes, verify="off")
    weights = traverse_util.flatten_dict(network.variables["params"], sep="/")
    np.savez(folder / "weights.npz", shape=values.shape, **weights)
    for form in FORMS:
        command = [onnx_python(BUILD), HERE / "export.py", folder / "weights.npz", folder / f"{form}.onnx", form]
        subprocess.run(command, check=True)


def report(found: dict[str, Any], expected: np.ndarray) -> bool:
    """Prints the figures; true when outputs agree and the bar is met."""
    fastest = {name: min(times) for name, times in found["times"].items()}
    largest = float(np.abs(expected).max())
    met = []
    for name, seconds in fastest.items():
        error = float(np.abs(np.array(found["outputs"][name]) - expected.ravel()).max()) / largest
        median = float(np.median(found["times"][name]))
        print(f"        {name}: {seconds:.2f} ms (median {median:.2f})")
        met.append(verdict(f"{name}, error against JAX", error, 1e-4))
    peer = min(FORMS, key=fastest.__getitem__)
    met.append(verdict(f"totfjs / onnxruntime-web ({peer})", fastest["tensorflow"] / fastest[peer], 1.0))
    return all(met)


def main() -> bool:
    """Everything, from the packages to the verdict."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    packages, network = npm_packages(BUILD), encoder()
    expected = np.asarray(network.module.apply(network.variables, *network.inputs.values()))
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        prepare(folder, network, rounds)
        folders = {"": HERE, "data": folder, "web": folder / "web", "packages": packages}
        found = answer(chromium(), folders, "page.html")
    if "error" in found:
        raise SystemExit(found["error"])
    return report(found, expected)


if __name__ == "__main__":
    sys.exit(not main())
