"""How long `convert` takes beyond its imports, in fresh processes, and how much memory beyond theirs.

    python benchmarks/conversion_time.py [rounds] [network ...]

Weights come from an Orbax checkpoint that another process has written. Imports are all modules that a conversion leaves
loaded; a process imports them, then converts. The bars apply without proof; with proof is told as well. The floor is
bringing as many bytes to the disk with `cp` and `sync`, in turn with the conversions.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import seconds, verdict

HERE = Path(__file__).parent
# Seconds without proof, and megabytes above the imports.
BARS = {"digits": (0.06, None), "resnet50": (0.6, None), "vit_b16": (1.5, 250.0)}
CHECKPOINT = """
import sys
import orbax.checkpoint
from networks import NETWORKS
name, target = sys.argv[1:]
with orbax.checkpoint.StandardCheckpointer() as checkpointer:
    checkpointer.save(target, NETWORKS[name]().variables)
"""
# The first run of a network finds no list of modules and writes it.
CONVERSION = """
import contextlib, importlib, json, os, sys, time
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
name, source, output, modules, verify = sys.argv[1:]
start = time.perf_counter()
if os.path.exists(modules):
    for module in open(modules).read().split():
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
from networks import NETWORKS
import totfjs.conversion
network = NETWORKS[name]()
imported, used, floor = time.perf_counter(), time.process_time(), peak()
totfjs.convert(network.module, output, weights=source, inputs=network.shapes, verify=verify, force=True)
print(json.dumps([imported - start, time.perf_counter() - imported, time.process_time() - used, peak() - floor]))
if not os.path.exists(modules):
    open(modules, "w").write("\\n".join(module for module in sys.modules if module != "__main__"))
"""


@dataclass(frozen=True)
class Run:
    """What one process tells: seconds of imports and conversion, those of all processors, bytes above the imports."""

    imports: float
    conversion: float
    processors: float
    memory: int


def python(script: str, *words: str | Path) -> str:
    """What a script prints, run in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout


def copy(weights: Path, copied: Path) -> float:
    """Seconds for as many bytes with `cp` and `sync`."""
    return seconds(["sh", "-c", 'cat "$0"/*.bin > "$1" && sync "$1"', str(weights), str(copied)])


def measure(name: str, folder: Path, rounds: int) -> bool:
    """Prints the figures of one network; true when it meets its bars."""
    source, output, modules = folder / "checkpoint", folder / "web", folder / "modules"
    python(CHECKPOINT, name, source)
    convert = CONVERSION, name, source, output, modules
    python(*convert, "off")
    runs: dict[str, list[Run]] = {"off": [], "auto": []}
    copies = []
    for _ in range(rounds):
        for verify, made in runs.items():
            shutil.rmtree(output)
            made.append(Run(*json.loads(python(*convert, verify))))
        copies.append(copy(output, folder / "copy"))
    off, proved = (min(made, key=lambda run: run.conversion) for made in runs.values())
    size = sum(path.stat().st_size for path in output.glob("*.bin"))
    print(f"        {name}: {size / 1e6:.0f} MB, imports {off.imports:.2f} s, with proof {proved.conversion:.2f} s,")
    print(f"        {off.conversion / min(copies):.1f} times `cp` and `sync` ({min(copies):.3f} s),")
    print(f"        {min(run.processors for run in runs['off']):.2f} s of processors without proof")
    bar, most = BARS.get(name, (None, None))
    met = [bar is None or verdict(f"{name}, conversion", off.conversion, bar, " s")]
    memory = max(run.memory for run in runs["off"]) / 1e6
    met.append(most is None or verdict(f"{name}, peak memory above the imports", memory, most, " MB"))
    return all(met)


def main() -> bool:
    """Measures the networks of the bars, or those that are named; true when all meet them."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    met = []
    for name in sys.argv[2:] or BARS:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            met.append(measure(name, Path(folder).resolve(), rounds))
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
