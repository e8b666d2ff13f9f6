"""Reads every Keras file of a directory; writes how many were refused, and the most memory that was used, in MiB."""

from __future__ import annotations

import sys
from pathlib import Path

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading import Listed, read_saved


def read_all(path: Path) -> None:
    """Read a file to its last value, as a conversion would: by pieces."""
    saved = read_saved(path)
    layers = saved.weights.layers.values() if isinstance(saved.weights, Listed) else [saved.weights.paths.items()]
    for _, array in [*(pair for pairs in layers for pair in pairs), *saved.optimizer]:
        for _ in array.chunks():
            pass


def peak() -> int:
    """The most memory of this process in MiB; without that of its parent, which Linux counts in `getrusage`."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) >> 10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)


def main() -> None:
    refused = 0
    for path in sorted(Path(sys.argv[1]).iterdir()):
        try:
            read_all(path)
        except KerasFileError:
            refused += 1
    sys.stdout.write(f"{refused} {peak()}")


if __name__ == "__main__":
    main()
