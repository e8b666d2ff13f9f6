"""One page in a headless Chromium, served on the loopback interface; the page posts its answer."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any, ClassVar

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def answer(chromium: str, folders: Mapping[str, Path], page: str, seconds: float = 300) -> Any:
    """What `page` posts to `answer`; `folders` maps the first part of an address to where its files are."""
    answers: Queue[bytes] = Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folders, answers))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        address = f"http://127.0.0.1:{server.server_port}/{page}"
        command = [chromium, *FLAGS, f"--user-data-dir={profile}", address]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return json.loads(answers.get(timeout=seconds))
        except Empty:
            raise SystemExit(f"{page} gave no answer in {seconds:g} s.") from None
        finally:
            browser.terminate()
            browser.wait(30)
            server.shutdown()
            server.server_close()


def _handler(folders: Mapping[str, Path], answers: Queue[bytes]) -> type[SimpleHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        """Static files of several folders, and one place to post to."""

        extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm"}

        def translate_path(self, path: str) -> str:
            first, _, rest = path.partition("?")[0].lstrip("/").partition("/")
            if rest and first in folders:
                return str(folders[first] / rest)
            return str(folders[""] / first) if (folders[""] / first).is_file() else str(folders["data"] / first)

        def do_POST(self) -> None:
            answers.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
