"""The commands of a developer, each of which sets up all that it needs from nothing but Python.

python dev.py test       format, lint, types and tests (further words go to pytest)
python dev.py oldest     tests of JAX models with the oldest JAX that works (further words go to pytest)
python dev.py example    the main job: a Flax model becomes a proved TensorFlow.js model
python dev.py demo       digits: trained, converted, proved, drawn in a page; `python dev.py demo serve` is `app serve`
python dev.py setup      only the environment
python dev.py lock       compile requirements/*.in to requirements/*.txt
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
_PROGRAMS, _PYTHON = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
BIN = VENV / _PROGRAMS
PYTHON = BIN / _PYTHON
STAMP = VENV / "totfjs.stamp"
REQUIREMENTS = ROOT / "requirements/dev.txt"
# The oldest JAX has an environment of its own, and no wheels for newer Pythons than this.
OLDEST_VENV = ROOT / ".venv-oldest"
OLDEST_REQUIREMENTS = ROOT / "requirements/oldest.txt"
OLDEST_PYTHON = OLDEST_VENV / _PROGRAMS / _PYTHON
OLDEST_UNTIL = (3, 13)
# What depends on the version of JAX, and is enough for every day; `python dev.py oldest tests/sources/jax` is more.
OLDEST_TESTS = (
    "tests/sources/jax/test_load.py",
    "tests/sources/jax/test_models.py",
    "tests/sources/jax/test_loops.py",
    "tests/sources/jax/test_structure.py",
    "tests/sources/jax/primitives/test_random.py",
    "tests/sources/stablehlo/test_ops.py",
    "tests/sources/stablehlo/test_written.py",
    "tests/conversion/test_steps.py",
)
PYTHONS = "src", "tests", "examples", "benchmarks", "demo", "dev.py", "hatch_build.py"


def run(*command: str | Path, where: Path = ROOT) -> None:
    """Runs a command, at the root if nowhere else, and ends this program with its status if it fails."""
    print("$", *(Path(word).name if isinstance(word, Path) else word for word in command), flush=True)
    words = [str(word) for word in command]
    path = str(Path(words[0]).parent) + os.pathsep + os.environ.get("PATH", "")
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src")}
    status = subprocess.run(words, cwd=where, env=environment).returncode
    if status != 0:
        sys.exit(status)


def fingerprint() -> str:
    """A hash of all that decides what is installed."""
    projects = [ROOT / "pyproject.toml", ROOT / "demo/pyproject.toml", ROOT / "hatch_build.py", REQUIREMENTS]
    script = sorted(path for path in (ROOT / "js").rglob("*") if path.is_file() and "node_modules" not in path.parts)
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for path in [*projects, *script]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def is_set_up() -> bool:
    """Whether the environment is that of these files, and the bundle is still there."""
    bundle = ROOT / "src/totfjs/runtime/bundle/stamp"
    return bundle.is_file() and STAMP.is_file() and STAMP.read_text(encoding="ascii") == fingerprint()


def setup() -> None:
    """Makes .venv and installs the pinned requirements, totfjs and the demo, unless that has been done."""
    if is_set_up():
        return
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    pip = PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"
    run(*pip, "--require-hashes", "-r", REQUIREMENTS)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT, "-e", ROOT / "demo")
    STAMP.write_text(fingerprint(), encoding="ascii")


def browser() -> None:
    """Sees that there is a browser for the tests that need one, which say so and are skipped where there is none."""
    command = PYTHON, "-m", "totfjs", "doctor", "--install-browser"
    if subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.DEVNULL).returncode != 0:
        print("tests that need a browser will be skipped")


def test(words: Sequence[str]) -> None:
    """Format, lint, types, tests."""
    setup()
    browser()
    checked = [name for name in PYTHONS if (ROOT / name).exists()]
    run(PYTHON, "-m", "ruff", "format", "--check", *checked)
    run(PYTHON, "-m", "ruff", "check", *checked)
    run(PYTHON, "-m", "mypy")
    run(PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal", *words)
    if not words and sys.version_info[:2] <= OLDEST_UNTIL:
        oldest(())


def oldest(words: Sequence[str]) -> None:
    """The tests of JAX models with the oldest JAX."""
    if sys.version_info[:2] > OLDEST_UNTIL:
        sys.exit(
            f"the oldest JAX has no wheels for Python {sys.version_info[0]}.{sys.version_info[1]}: use 3.11 to 3.13"
        )
    setup()  # the bundle of TensorFlow.js is part of it
    stamp = OLDEST_VENV / STAMP.name
    wanted = hashlib.sha256(f"{sys.version} {ROOT}".encode() + OLDEST_REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        venv.create(OLDEST_VENV, with_pip=True, clear=True)
        pip = OLDEST_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"
        run(*pip, "--require-hashes", "-r", OLDEST_REQUIREMENTS)
        stamp.write_text(wanted, encoding="ascii")
    run(OLDEST_PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal", *(words or OLDEST_TESTS))


def example(words: Sequence[str]) -> None:
    """Runs the first example."""
    setup()
    run(PYTHON, ROOT / "examples/flax_mnist.py", *words)


def demo(words: Sequence[str]) -> None:
    """The demo project in one command; its checkpoints and web models lie in demo/."""
    setup()
    # Ctrl-C is for the page that it serves, which ends quietly
    signal.signal(signal.SIGINT, lambda *_: None)
    os.environ["DEMO_APP"] = "python dev.py demo"
    known = words and not words[0].startswith("-")
    run(PYTHON, "-m", "jax_to_tfjs_demo.app", *(words if known else ("quickstart", *words)), where=ROOT / "demo")


def lock(words: Sequence[str]) -> None:
    """Pins every requirement with hashes, for all supported Pythons and systems."""
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    if not is_set_up():
        run(PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv")
    options = "--generate-hashes", "--universal", "--python-version", "3.11", "--all-extras", "--no-emit-index-url"
    compile_command = PYTHON, "-m", "uv", "pip", "compile", "-q", "--custom-compile-command", "python dev.py lock"
    for target in (REQUIREMENTS, OLDEST_REQUIREMENTS):
        run(*compile_command, *options, "pyproject.toml", target.with_suffix(".in"), "-o", target, *words)


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "test": test,
    "oldest": oldest,
    "example": example,
    "demo": demo,
    "setup": lambda words: setup(),
    "lock": lock,
}


def main(arguments: Sequence[str]) -> None:
    """Runs the command that the first word names."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the reader may start this with any Python
        sys.exit(f"totfjs needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit((__doc__ or "").strip())
    COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
