"""Reads every TensorFlow model of a directory; writes how many were refused, and the most memory that was used."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.attacks.read_keras_files import peak
from totfjs.errors import TotfjsError
from totfjs.graph.ops import BACKENDS
from totfjs.sources.tensorflow import load


def read_all(path: Path) -> None:
    """Read and lower a model, and all that it brings along, as a conversion would: weights by pieces."""
    model = load(path)
    graph = model.graph(BACKENDS)
    for node in graph.nodes.values():
        for _ in node.array.chunks() if node.array is not None else ():
            pass
    for name in model.saved.assets:
        assert isinstance(model.saved.assets[name], bytes)


def main() -> None:
    refused = 0
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        (path,) = (each for each in folder.iterdir() if each.name != "secret.txt")
        try:
            read_all(path)
        except TotfjsError:
            refused += 1
    sys.stdout.write(f"{refused} {peak()}")


if __name__ == "__main__":
    main()
