"""kill -9 at random instants of a conversion over an existing output: how often is the output whole afterwards?

    python benchmarks/kill.py [kills]

Runs twice: with the atomic exchange of the system, and with the fallback of systems that have none (there the reader
calls `recover`, as every reader of totfjs does). Bar: all of them.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from totfjs.targets import recover, write_graph_model
from totfjs.weights import Dense, read_manifest

WRITER = """
import sys
import numpy as np
from totfjs.targets import output, write_graph_model
from totfjs.weights import Dense
if sys.argv[3] == "fallback":
    output.exchange = lambda one, other: False
version = int(sys.argv[2])
weights = [(f"w{i}", Dense(np.full(500_000, version, np.float32))) for i in range(10)]
print("go", flush=True)
write_graph_model(sys.argv[1], {"format": "graph-model", "modelTopology": {"version": version}}, weights, force=True)
"""


def start(output: Path, version: int, mode: str) -> subprocess.Popen[str]:
    """Start a conversion and return when its imports are done."""
    command = [sys.executable, "-c", WRITER, str(output), str(version), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


def version_of(output: Path) -> int:
    """The version of an output that is whole; an error when it is not."""
    recover(output)
    model = json.loads((output / "model.json").read_text())
    version: int = model["modelTopology"]["version"]
    entries = read_manifest(model["weightsManifest"], output)
    assert len(entries) == 10 and all((entry.values.numpy() == version).all() for entry in entries.values())
    return version


def whole(output: Path, old: int, new: int) -> bool | None:
    """Whether the output is the new one (True), the old one (False) or neither (None)."""
    try:
        return {old: False, new: True}[version_of(output)]
    except Exception as error:
        print(f"  broken: {error!r}")
        return None


def measure(folder: Path, kills: int, mode: str) -> bool:
    """Kill so many conversions; print and return whether all outputs were whole."""
    output = folder / mode
    weights = [(f"w{i}", Dense(np.zeros(500_000, np.float32))) for i in range(10)]
    write_graph_model(output, {"format": "graph-model", "modelTopology": {"version": 0}}, weights)
    process = start(output, 0, mode)
    begin = time.perf_counter()
    process.communicate()
    duration = time.perf_counter() - begin
    chance, found, version = random.Random(0), [], 0
    for kill in range(1, kills + 1):
        process = start(output, kill, mode)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        process.communicate()
        found.append(whole(output, version, kill))
        version = kill if found[-1] else version
    start(output, version + 1, mode).communicate()
    left = [path.name for path in folder.iterdir() if path.name.startswith(f".{mode}")]
    good = sum(state is not None for state in found)
    news = sum(state is True for state in found)
    print(
        f"{mode:9} {good} of {kills} whole ({news} new, {good - news} old); left behind at the end: {left or 'nothing'}"
    )
    return good == kills and not left


def main() -> int:
    """Run both modes."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(dir=".") as folder:
        good = [measure(Path(folder), kills, mode) for mode in ("exchange", "fallback")]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
