"""Keras files to web models in whole processes: wall time and peak memory, without proof.

    python benchmarks/keras_files.py [rounds] [part ...]        parts: mnist, resnet50, large

Keras (on JAX) writes the files in a process of its own; what is measured imports no Keras. The bars: a MNIST CNN to a
layers model in 0.4 s and 120 MB; ResNet50 of 98 MB in twice `cp` and `sync` + 0.4 s and 200 MB; 1 GB in 300 MB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measure import seconds, verdict

MNIST = """
from keras import Input, Sequential, layers
model = Sequential([Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
    layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
RESNET = """
from keras.applications import ResNet50
model = ResNet50(weights=None)
"""
LARGE = """
from keras import Input, Sequential, layers
model = Sequential([Input((4096,))] + [layers.Dense(4096, use_bias=False, name=f"layer_{i}") for i in range(15)])
"""
SOURCES = {"mnist": (MNIST, (".keras",)), "resnet50": (RESNET, (".h5",)), "large": (LARGE, (".keras", ".h5"))}


def written(script: str, paths: Sequence[Path]) -> None:
    """Lets Keras write a model."""
    saves = "".join(f"model.save({str(path)!r})\n" for path in paths)
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    subprocess.run([sys.executable, "-c", script + saves], check=True, env=environment, capture_output=True)


def process(command: Sequence[str | Path]) -> tuple[float, float]:
    """Wall seconds of a process, and its peak memory in megabytes."""
    start = time.perf_counter()
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command} ended with {child.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6


def converted(source: Path, folder: Path, rounds: int) -> tuple[float, float, float]:
    """The least seconds of a conversion and of a copy, in turn, and the peak memory."""
    output, copy = folder / f"web of {source.name}", folder / "copy"
    command = [sys.executable, "-m", "totfjs", "convert", source, output, "--verify", "off"]
    process(command)
    runs, copies = [], []
    for _ in range(rounds):
        shutil.rmtree(output)
        copies.append(seconds(["sh", "-c", 'cp "$0" "$1" && sync "$1"', str(source), str(copy)]))
        runs.append(process(command))
    return min(run[0] for run in runs), min(copies), max(run[1] for run in runs)


def measure(part: str, folder: Path, rounds: int) -> bool:
    """Prints the figures of a part; true when it meets its bars."""
    script, suffixes = SOURCES[part]
    paths = [folder / f"{part}{suffix}" for suffix in suffixes]
    written(script, paths)
    met = []
    for path in paths:
        wall, copy, memory = converted(path, folder, rounds)
        print(f"        {path.name}: {path.stat().st_size / 1e6:.0f} MB, {wall:.2f} s, `cp` and `sync` {copy:.2f} s")
        if part == "mnist":
            met += [verdict("MNIST, whole process", wall, 0.4, " s"), verdict("MNIST, memory", memory, 120, " MB")]
        elif part == "resnet50":
            met.append(verdict("ResNet50, beyond twice the copy", wall - 2 * copy, 0.4, " s"))
            met.append(verdict("ResNet50, memory", memory, 200, " MB"))
        else:
            met.append(verdict(f"{path.name}, memory", memory, 300, " MB"))
    return all(met)


def main() -> bool:
    """Measures all parts, or those that are named."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    met = []
    for part in sys.argv[2:] or SOURCES:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            met.append(measure(part, Path(folder).resolve(), rounds))
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
