"""kill -9 at random instants of a conversion over an existing output: does the old or the new model load afterwards?

    python benchmarks/kill.py [kills]

Runs twice: with the atomic exchange of the system, and with the fallback of systems that have none. The output is
loaded and run in TensorFlow.js after each kill. Bar: all of them.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import totfjs
from totfjs.conversion import model_json
from totfjs.errors import TotfjsError
from totfjs.graph.builder import Builder
from totfjs.graph.encode import weights
from totfjs.graph.types import DType
from totfjs.runtime import Engine, open_engine
from totfjs.targets import write_graph_model

LENGTH = 500_000
WRITER = """
import sys
from totfjs.conversion import convert
from totfjs.targets import output
if sys.argv[3] == "fallback":
    output.exchange = lambda one, other: False
print("go", flush=True)
convert(sys.argv[1], sys.argv[2], verify="off", force=True)
"""


def write_source(directory: Path, number: int) -> None:
    """A web model of ten weights of 2 MB, each of whose outputs is `number`."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (LENGTH,))
    outputs = {f"y{i}": x + builder.const(np.full(LENGTH, number, np.float32), name=f"w{i}") for i in range(10)}
    graph = builder.build(outputs)
    write_graph_model(directory, model_json(graph), weights(graph))


def start(source: Path, output: Path, mode: str) -> subprocess.Popen[str]:
    """Start a conversion and return when its imports are done."""
    command = [sys.executable, "-c", WRITER, str(source), str(output), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


def number_in(engine: Engine, output: Path) -> float | None:
    """The number that all outputs of the model are, or None when it does not load or they differ."""
    try:
        found = totfjs.run(output, {"x": np.zeros(LENGTH, np.float32)}, backend="cpu", engine=engine)
    except TotfjsError as error:
        print(f"  broken: {error}")
        return None
    numbers = {float(number) for array in found.values() for number in np.unique(array)}
    return numbers.pop() if len(numbers) == 1 else None


def measure(engine: Engine, folder: Path, kills: int, mode: str) -> bool:
    """Kill so many conversions; print and return whether the old or the new model was there after each."""
    sources, output = [folder / "even", folder / "odd"], folder / mode
    begin = time.perf_counter()
    start(sources[0], output, mode).communicate()
    duration = time.perf_counter() - begin
    chance, good, news, there = random.Random(0), 0, 0, 0.0
    for kill in range(1, kills + 1):
        process = start(sources[kill % 2], output, mode)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        process.communicate()
        found = number_in(engine, output)
        good += found in (there, float(kill % 2))
        news += found not in (None, there)
        there = there if found is None else found
    start(sources[0], output, mode).communicate()
    left = [path.name for path in folder.iterdir() if path.name.startswith(f".{mode}")]
    print(f"{mode:9} {good} of {kills} load ({news} changed); left behind after the next: {left or 'nothing'}")
    return good == kills and not left


def main() -> bool:
    """Run both modes; true when all outputs load."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(dir=".") as name, open_engine() as engine:
        folder = Path(name)
        for number, source in enumerate(("even", "odd")):
            write_source(folder / source, number)
        met = [measure(engine, folder, kills, mode) for mode in ("exchange", "fallback")]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
