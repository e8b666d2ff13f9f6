"""A process that runs cases one after the other, and is replaced when a case ends it or takes too long."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MARK = "\x1eresult "


class Worker:
    """The side of the parent: it starts the process when there is something to run."""

    def __init__(self, backends: Sequence[str], seconds: float) -> None:
        self._backends, self._seconds = backends, seconds
        self._process: subprocess.Popen[str] | None = None

    def run(self, name: str) -> dict[str, Any]:
        """The outcome of a case on each backend; an error where the process ended or was too slow."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()
        timer = threading.Timer(self._seconds, lambda: (late.set(), process.kill()))
        timer.start()
        try:
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith(_MARK):
                    return json.loads(line.removeprefix(_MARK))  # type: ignore[no-any-return]
        except BrokenPipeError:
            pass
        finally:
            timer.cancel()
        self._process = None
        reason = f"no result within {self._seconds:g} s" if late.is_set() else f"the process ended: {process.wait()}"
        return {backend: {"kind": "error", "reason": reason} for backend in self._backends}

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            command = [sys.executable, str(Path(__file__)), ",".join(self._backends)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            assert self._process.stdout is not None
            self._process.stdout.readline()  # imports are not counted
        return self._process


def main() -> None:
    """The side of the process: a case on each line of stdin, its outcome on a marked line of stdout."""
    from cases import run, suite

    from totfjs.runtime import open_engine

    backends = sys.argv[1].split(",")
    engine = open_engine()
    suite()
    print("ready", flush=True)
    for line in sys.stdin:
        results = {backend: vars(outcome) for backend, outcome in run(line.strip(), backends, engine).items()}
        if any(result["kind"] == "error" for result in results.values()):
            engine.close()  # what failed may have left TensorFlow.js damaged
            engine = open_engine()
        print(f"{_MARK}{json.dumps(results)}", flush=True)
    engine.close()


if __name__ == "__main__":
    main()
