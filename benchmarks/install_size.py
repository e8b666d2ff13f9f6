"""The disk that a fresh install of the core with its engine takes: builds the wheel and installs it, without jax."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from measure import verdict

ROOT = Path(__file__).parents[1]
CHECK = "from totfjs.runtime import open_engine\nwith open_engine() as engine: print(engine.name, engine.versions)"


def main() -> bool:
    """Prints the size; true when the bar is met."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", directory / "wheels", ROOT], check=True)
        (wheel,) = (directory / "wheels").glob("*.whl")
        environment = directory / "venv"
        venv.create(environment, with_pip=False)
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        subprocess.run([*pip, "--python", python, "install", "-q", wheel], check=True)
        subprocess.run([python, "-c", CHECK], check=True)
        size = sum(path.stat().st_size for path in environment.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"wheel {wheel.name}")
    return verdict("core install with engine", size / 1e6, 180, " MB")


if __name__ == "__main__":
    sys.exit(not main())
