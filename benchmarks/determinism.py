"""The same model converted with other hash seeds, in another directory, at another time: identical bytes?"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import verdict

EXAMPLE = Path(__file__).parents[1] / "examples/flax_mnist.py"


def digest(directory: Path) -> str:
    """A hash over the names and bytes of all files."""
    total = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def main() -> bool:
    """Prints the number of distinct outputs; true when it is one."""
    found = set()
    for seed in ("0", "1", "12345"):
        with tempfile.TemporaryDirectory() as directory:
            environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC+{seed[:1]}"}
            subprocess.run([sys.executable, EXAMPLE, directory], check=True, env=environment, stdout=subprocess.DEVNULL)
            found.add(digest(Path(directory) / "web_model"))
    return verdict("distinct outputs of the same input", len(found), 1)


if __name__ == "__main__":
    sys.exit(not main())
