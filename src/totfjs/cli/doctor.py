"""`totfjs doctor`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from importlib import util
from typing import Any

from totfjs.cli.arguments import add_json

HELP = "what is installed, what is missing, and what to do about it"
# What each optional package is for, and the extra that brings it.
OPTIONAL = {
    "jax": ("JAX functions", "totfjs[jax]"),
    "flax": ("Flax modules", "totfjs[flax]"),
    "tensorstore": ("Orbax checkpoints", "totfjs[checkpoints]"),
    "flatbuffers": ("files of jax.export", "totfjs[export]"),
    "playwright": ("WebKit, and installing browsers", "totfjs[browser]"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `doctor`."""
    parser.add_argument(
        "--browser", action="store_true", help="start the browser and tell what each of its backends runs on"
    )
    parser.add_argument(
        "--install-browser", action="store_true", help="install a browser if there is none, and no more"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Looks around, and runs a tiny model in TensorFlow.js. 1 when nothing can be proved here."""
    if arguments.install_browser:
        return _install(arguments.json)
    found = {name: _version(name) for name in OPTIONAL}
    engine, browsers = _engine(), _browsers()
    if arguments.browser:
        browsers["backends"] = _backends()
    if arguments.json:
        told = {"python": platform.python_version(), "packages": found, "engine": engine, "browsers": browsers}
        print(json.dumps(told))
    else:
        print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()} ({sys.executable})")
        print("\n".join([*_engine_lines(engine), *_browser_lines(browsers)]))
        print("\n".join(_package_line(name, version) for name, version in found.items()))
    works = any(backend["works"] for backend in browsers.get("backends", {"": engine}).values())
    return 0 if engine["works"] and works else 1


def _install(as_json: bool) -> int:
    from totfjs.runtime.browsers.find import find_browser
    from totfjs.runtime.browsers.install import install_browser

    before = find_browser()
    browser = install_browser(_run)
    if as_json:
        print(json.dumps({"name": browser.name, "program": browser.program, "installed": before is None}))
    else:
        print(f"{browser.name} is {'there already' if before else 'installed'}: {browser.program}")
    return 0


def _run(command: Sequence[str]) -> bool:
    """Shows a command and runs it; what it prints goes to the standard error."""
    import os
    import subprocess

    print("$", *command, file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment).returncode == 0
    except OSError as error:
        print(error, file=sys.stderr)
        return False


def _version(name: str) -> str | None:
    from importlib import metadata  # costs half of the start of every other command

    return metadata.version(name) if util.find_spec(name) else None


def _engine() -> dict[str, Any]:
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


def _browsers() -> dict[str, Any]:
    from totfjs.errors import TotfjsError
    from totfjs.runtime.browsers.find import find_browsers, require_browser

    installed = [{"name": each.name, "program": each.program} for each in find_browsers()]
    try:
        used = require_browser()
        return {"installed": installed, "used": {"name": used.name, "program": used.program}, "problem": None}
    except TotfjsError as error:
        return {"installed": installed, "used": None, "problem": str(error)}


def _backends() -> dict[str, dict[str, Any]]:
    from totfjs.runtime.browsers.report import try_backends

    return try_backends()


def _engine_lines(engine: dict[str, Any]) -> list[str]:
    if not engine["works"]:
        return [f"missing  TensorFlow.js cannot run: {engine['problem']}"]
    listed = ", ".join(f"{name} {version}" for name, version in engine["versions"].items())
    return [f"ok       TensorFlow.js runs in {engine['name']}: {listed}"]


def _browser_lines(browsers: dict[str, Any]) -> list[str]:
    used = browsers["used"]
    if used is None:
        return [f"missing  a browser, for the backends webgl, webgpu and wasm-threads: {browsers['problem']}"]
    lines = [f"ok       {used['name']}, for the backends webgl, webgpu and wasm-threads: {used['program']}"]
    others = [each["program"] for each in browsers["installed"] if each != used]
    if others:
        lines.append(f"         not used, unless TOTFJS_BROWSER names it: {', '.join(others)}")
    return lines + [_backend_line(name, told) for name, told in browsers.get("backends", {}).items()]


def _backend_line(name: str, told: dict[str, Any]) -> str:
    from totfjs.runtime.browsers.report import describe

    return f"ok       {name} runs {describe(told)}" if told["works"] else f"missing  {name}: {told['problem']}"


def _package_line(name: str, version: str | None) -> str:
    purpose, extra = OPTIONAL[name]
    if version:
        return f"ok       {name} {version} ({purpose})"
    return f"missing  {name}, for {purpose}: pip install '{extra}'"
