"""SavedModels of TensorFlow beside the official converter: time, memory, nodes, and latency on wasm.

    python benchmarks/tensorflow_peer.py [rounds] [part ...]      parts: mnist resnet50 large mobilenetv2 efficientnetb0

TensorFlow and `tensorflowjs` 4.22 run in an environment of their own, which is made with uv unless TOTFJS_TENSORFLOW
names the Python of one; the pins that the old package needs to start at all are below. The bars: a MNIST CNN in 0.5 s
and 150 MB; ResNet50 in 2 s and 300 MB; 1 GB in 350 MB and twice `cp` and `sync` + 1 s; no more nodes that compute than
the official converter writes, and no more latency on wasm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_files import process
from measure import seconds, verdict
from totfjs.errors import TotfjsError
from totfjs.runtime import open_engine
from totfjs.runtime.model_files import read_model

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "tensorflow-cpu==2.19.1", "tf_keras==2.19.0", "keras==3.15.1", "tensorflowjs==4.22.0", "ydf<0.16", "setuptools<82",
)  # fmt: skip
MODELS = {
    "mnist": """keras.Sequential([keras.Input((28, 28, 1), name="image"), layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(), layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")])""",
    "resnet50": "keras.applications.ResNet50(weights=None)",
    "mobilenetv2": "keras.applications.MobileNetV2(weights=None)",
    "efficientnetb0": "keras.applications.EfficientNetB0(weights=None)",
    "large": """keras.Sequential([keras.Input((4096,), name="x")]
        + [layers.Dense(4096, use_bias=False, name=f"layer_{i}") for i in range(15)])""",
}
# Weights as training leaves them: none is 0 or 1 alone, so that nothing is folded away which a real model has.
WRITE = """
import os, sys
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np
from keras import layers
model = {model}
random = np.random.default_rng(0)
for variable in model.trainable_variables + model.non_trainable_variables:
    if len(variable.shape) == 1 and "seed" not in variable.path:
        mean = 1.0 if variable.path.endswith(("gamma", "variance")) else 0.0
        variable.assign(random.normal(mean, 0.1, variable.shape).astype("float32"))
model.export(sys.argv[1])
"""
# Forests of trees are imported by the old package whatever it converts, and their library does not load beside ydf's.
OFFICIAL = """
import sys, types
sys.modules["tensorflow_decision_forests"] = types.ModuleType("tensorflow_decision_forests")
from tensorflowjs.converters import converter
converter.convert(["--input_format=tf_saved_model", sys.argv[1], sys.argv[2]])
"""
NOT_COMPUTING = ("Const", "Placeholder", "NoOp")
# Turns of the latency last this long, and are no fewer than that.
SECONDS, ROUNDS = 12.0, 7


def tensorflow() -> str:
    """The Python of an environment with TensorFlow and the old package."""
    if os.environ.get("TOTFJS_TENSORFLOW"):
        return os.environ["TOTFJS_TENSORFLOW"]
    folder = ROOT / "build" / "tensorflowjs"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "-p", "3.11", str(folder)], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True)
    return str(python)


def saved(name: str, folder: Path) -> Path:
    """The SavedModel of a part, as Keras exports it."""
    path = folder / name
    script = WRITE.format(model=MODELS[name])
    subprocess.run([tensorflow(), "-c", script, str(path)], check=True, capture_output=True)
    return path


def files(name: str, source: Path, output: Path, rounds: int) -> list[bool]:
    """Whole processes, without proof: seconds beside those of a copy, and the peak memory."""
    command = [sys.executable, "-m", "totfjs", "convert", source, output, "--verify", "off", "--force"]
    process(command)
    variables = source / "variables" / "variables.data-00000-of-00001"
    copies, runs = [], []
    for _ in range(rounds):
        shutil.rmtree(output)
        copies.append(seconds(["sh", "-c", 'cp "$0" "$1" && sync "$1"', str(variables), str(output.parent / "copy")]))
        runs.append(process(command))
    wall, memory, copy = min(run[0] for run in runs), max(run[1] for run in runs), min(copies)
    print(f"        {name}: {variables.stat().st_size / 1e6:.0f} MB, {wall:.2f} s, `cp` and `sync` {copy:.2f} s")
    if name == "large":
        return [
            verdict("1 GB, beyond twice the copy", wall - 2 * copy, 1.0, " s"),
            verdict("1 GB, memory", memory, 350, " MB"),
        ]
    bars = {"mnist": (0.5, 150), "resnet50": (2.0, 300)}.get(name)
    if bars is None:
        return []
    return [verdict(f"{name}, whole process", wall, bars[0], " s"), verdict(f"{name}, memory", memory, bars[1], " MB")]


def peers(name: str, source: Path, output: Path) -> list[bool]:
    """Nodes and latency beside what the official converter writes."""
    official = output.parent / f"official of {name}"
    wall, memory = process([tensorflow(), "-c", OFFICIAL, source, official])
    print(f"        the official converter took {wall:.1f} s and {memory:.0f} MB")
    ours, theirs = computing(output), computing(official)
    met = [verdict(f"{name}, nodes against {theirs}", ours, theirs)]
    times = latencies([output, official])
    if times is None:
        print(f"        the official converter's {name} does not run on wasm")
        return met
    print(f"        {name} on wasm: {times[0]:.2f} ms, the official converter's {times[1]:.2f} ms")
    return [*met, verdict(f"{name}, latency against the official converter's", times[0] / times[1], 1.0)]


def computing(path: Path) -> int:
    """The nodes of a web model that compute."""
    nodes = json.loads((path / "model.json").read_text(encoding="utf-8"))["modelTopology"]["node"]
    return sum(node["op"] not in NOT_COMPUTING for node in nodes)


def latencies(paths: Sequence[Path]) -> list[float] | None:
    """The milliseconds of the fastest run of each model, in turns; None when one of them does not run."""
    with open_engine("node") as engine:
        sessions = [opened(engine, path) for path in paths]
        image = np.random.default_rng(0).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
        fastest, end, turn = [float("inf")] * len(paths), time.perf_counter() + SECONDS, 0
        while turn < ROUNDS or time.perf_counter() < end:
            for index, (session, name) in enumerate(sessions):
                try:
                    session.execute({name: image})
                except TotfjsError as error:
                    print(f"        {paths[index].name}: {str(error).splitlines()[0][:90]}")
                    return None
                fastest[index] = min(fastest[index], session.milliseconds)
            turn += 1
    return fastest


def opened(engine: Any, path: Path) -> tuple[Any, str]:
    """A web model on wasm, and the name of its input."""
    found = read_model(path)
    return engine.load(found.json, found.shards(), backend="wasm"), next(iter(found.json["signature"]["inputs"]))


def main() -> bool:
    """Measures all parts, or those that are named."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    met = []
    for name in sys.argv[2:] or MODELS:
        with tempfile.TemporaryDirectory(dir=".") as directory:
            folder = Path(directory).resolve()
            source, output = saved(name, folder), folder / f"web of {name}"
            met += files(name, source, output, 1 if name == "large" else rounds)
            if name not in ("mnist", "large"):
                met += peers(name, source, output)
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
