"""`totfjs doctor`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib import util

from totfjs.cli.arguments import add_json

HELP = "what is installed, what is missing, and what to do about it"
# What each optional package is for, and the extra that brings it.
OPTIONAL = {
    "jax": ("JAX functions", "totfjs[jax]"),
    "flax": ("Flax modules", "totfjs[flax]"),
    "tensorstore": ("Orbax checkpoints", "totfjs[checkpoints]"),
    "flatbuffers": ("files of jax.export", "totfjs[export]"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `doctor`."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Looks around, and runs a tiny model in TensorFlow.js. 1 when nothing can be proved here."""
    found = {name: _version(name) for name in OPTIONAL}
    engine = _engine()
    if arguments.json:
        print(json.dumps({"python": platform.python_version(), "packages": found, "engine": engine}))
    else:
        print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()} ({sys.executable})")
        print("\n".join(_engine_lines(engine)))
        print("\n".join(_package_line(name, version) for name, version in found.items()))
    return 0 if engine["works"] else 1


def _version(name: str) -> str | None:
    from importlib import metadata  # costs half of the start of every other command

    return metadata.version(name) if util.find_spec(name) else None


def _engine() -> dict[str, object]:
    from totfjs.errors import TotfjsError
    from totfjs.runtime import available_engines, open_engine

    available = list(available_engines())
    try:
        with open_engine() as engine:
            versions = engine.versions
            engine.warm("wasm")
            return {"works": True, "name": engine.name, "available": available, "versions": versions, "problem": None}
    except TotfjsError as error:
        return {"works": False, "name": None, "available": available, "versions": {}, "problem": str(error)}


def _engine_lines(engine: dict[str, object]) -> list[str]:
    if not engine["works"]:
        return [f"missing  TensorFlow.js cannot run: {engine['problem']}"]
    versions = engine["versions"]
    assert isinstance(versions, dict)
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [f"ok       TensorFlow.js runs in {engine['name']}: {listed}"]


def _package_line(name: str, version: str | None) -> str:
    purpose, extra = OPTIONAL[name]
    if version:
        return f"ok       {name} {version} ({purpose})"
    return f"missing  {name}, for {purpose}: pip install '{extra}'"
