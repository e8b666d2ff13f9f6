"""1 GB of float32 in a .safetensors file to a web model's weights: peak memory, and wall time against `cp` + fsync.

    python benchmarks/large_weights.py [gigabytes] [rounds]

Bars: at most 250 MB above the memory of the imports, at most 2 times the time of `cp` of the same bytes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CONVERT = """
import sys
from pathlib import Path
from totfjs.checkpoints import read_named
from totfjs.targets import write_weights
def peak():
    line = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")][0]
    return int(line.split()[1]) * 1024
floor = peak()
if len(sys.argv) > 3:
    write_weights(sys.argv[2], read_named(sys.argv[1]), force=True, quantize=sys.argv[3])
elif len(sys.argv) > 2:
    write_weights(sys.argv[2], read_named(sys.argv[1]), force=True)
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


def timed(command: list[str]) -> tuple[float, str]:
    """Run a command; its wall time and what it printed."""
    start = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, output


def main() -> None:
    """Measure in alternation, so that both see the same disk."""
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(dir=".") as folder:
        source, copy, output = (Path(folder) / name for name in ("model.safetensors", "copy", "web"))
        write_source(source, gigabytes)
        subprocess.run(["sync"], check=True)
        copies, conversions, peaks = [], [], []
        for _ in range(rounds):
            copies.append(timed(["sh", "-c", 'cp "$0" "$1" && sync "$1"', str(source), str(copy)])[0])
            copy.unlink()
            wall, peak = timed([sys.executable, "-c", CONVERT, str(source), str(output)])
            conversions.append(wall)
            peaks.append(int(peak))
        start = statistics.median(timed([sys.executable, "-c", CONVERT])[0] for _ in range(3))
    cp, convert = statistics.median(copies), statistics.median(conversions)
    print(f"cp + fsync       {cp:6.2f} s   {[round(c, 2) for c in copies]}")
    print(f"weights_only     {convert:6.2f} s   {[round(c, 2) for c in conversions]}, of which {start:.2f} s start-up")
    print(f"wall ratio       {(convert - start) / cp:6.2f}     (bar 2)")
    print(f"peak above floor {max(peaks) / 1e6:6.1f} MB (bar 250)")


if __name__ == "__main__":
    main()
