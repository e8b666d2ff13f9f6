"""1 GB of float32 in a .safetensors file to a web model: peak memory, and wall time against `cp` + fsync.

Twice: as weights alone, and through `convert` as the parameters of a JAX function.

    python benchmarks/large_weights.py [gigabytes] [rounds]

Bars: at most 250 MB above the memory of the imports, at most 2 times the time of `cp` of the same bytes.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PEAK = """
import sys
from pathlib import Path
def peak():
    line = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")][0]
    return int(line.split()[1]) * 1024
"""
WEIGHTS = f"""{PEAK}
from totfjs.conversion import convert
floor = peak()
if len(sys.argv) > 2:
    convert(sys.argv[1], sys.argv[2], to="weights", force=True)
print(peak() - floor)
"""
FUNCTION = f"""{PEAK}
import jax
import totfjs.sources.jax
from totfjs.conversion import convert
jax.make_jaxpr(jax.nn.relu)(1.0)
floor = peak()
def model(params, x):
    for name in sorted(params):
        x = jax.nn.relu(x @ params[name]["kernel"])
    return x
if len(sys.argv) > 2:
    inputs = {{"x": ("b", 4096)}}
    convert(model, sys.argv[2], weights=sys.argv[1], inputs=inputs, verify="off", force=True)
print(peak() - floor)
"""


def write_source(path: Path, gigabytes: float) -> None:
    """A model of equal layers of 64 MiB."""
    layer = np.random.default_rng(0).normal(size=(4096, 4096)).astype(np.float32)
    count = max(round(gigabytes * 1e9 / layer.nbytes), 1)
    header = {
        f"layer_{i}/kernel": {
            "dtype": "F32",
            "shape": list(layer.shape),
            "data_offsets": [i * layer.nbytes, (i + 1) * layer.nbytes],
        }
        for i in range(count)
    }
    encoded = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for _ in range(count):
            file.write(layer.data)


def timed(command: list[str | Path]) -> tuple[float, str]:
    """Run a command; its wall time and what it printed."""
    start = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, output


def measure(script: str, folder: Path, rounds: int, replace: bool) -> tuple[list[float], list[float], int]:
    """Wall times of copies and of conversions in alternation, so that both see the same disk, and the peak memory.

    With `replace` both put the new in the place of the old and free the old's blocks; else both start from nothing.
    """
    source, copy, output = (folder / name for name in ("model.safetensors", "copy", "web"))
    copies, conversions, peak = [], [], 0
    for _ in range(rounds + replace):
        if not replace:
            copy.unlink(missing_ok=True)
            shutil.rmtree(output, ignore_errors=True)
            subprocess.run(["sync"], check=True)
        copies.append(timed(["sh", "-c", 'cp "$0" "$1.new" && sync "$1.new" && mv "$1.new" "$1"', source, copy])[0])
        wall, printed = timed([sys.executable, "-c", script, source, output])
        conversions.append(wall)
        peak = max(peak, int(printed))
    return copies[replace:], conversions[replace:], peak


def report(title: str, copies: list[float], conversions: list[float], start: float) -> None:
    """Print the walls and their ratio, the start of Python and the imports taken off."""
    cp, convert = statistics.median(copies), statistics.median(conversions)
    print(f"{title}: cp + fsync {cp:.2f} s {[round(wall, 2) for wall in copies]}")
    print(f"  convert {convert:.2f} s {[round(wall, 2) for wall in conversions]}, of which {start:.2f} s start-up")
    print(f"  wall ratio {(convert - start) / cp:.2f} (bar 2)")


def main() -> None:
    """Measure with a new output, and over an old one."""
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        write_source(folder / "model.safetensors", gigabytes)
        for kind, script in (("weights alone", WEIGHTS), ("parameters of a function", FUNCTION)):
            start = statistics.median(timed([sys.executable, "-c", script])[0] for _ in range(3))
            peaks = []
            for title, replace in (("new output", False), ("over an old output", True)):
                copies, conversions, peak = measure(script, folder, rounds, replace)
                report(f"{kind}, {title}", copies, conversions, start)
                peaks.append(peak)
            print(f"  peak memory above the floor {max(peaks) / 1e6:.1f} MB (bar 250)")


if __name__ == "__main__":
    main()
