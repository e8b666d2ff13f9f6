"""TensorFlow.js in this process: V8 by mini-racer."""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from totfjs.errors import EngineMemoryError, EngineTimeoutError
from totfjs.runtime import bundled
from totfjs.runtime.channel import Bytes, Channel, Limits, Reply

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

# Promise callbacks run inside of the call, where a time limit can end them; V8 left alone runs them after it.
_ASK = """(text) => {
    globalThis.totfjsReply = null;
    totfjs.request(text).then((reply) => { globalThis.totfjsReply = reply; });
    %PerformMicrotaskCheckpoint();
}"""
_HEADER = "totfjsReply === null ? null : totfjsReply.header"
# V8 ends the whole process when its heap is full, so that a limit of ours has to come first.
_HEAP_SHARE = 0.9


def _new_context() -> MiniRacer:
    from py_mini_racer import DEFAULT_V8_FLAGS, MiniRacer, init_mini_racer

    init_mini_racer(flags=(*DEFAULT_V8_FLAGS, "--allow-natives-syntax"), ignore_duplicate_init=True)
    created: list[MiniRacer] = []
    # mini-racer adopts an event loop that runs in the calling thread, as in a notebook, and would then wait for itself.
    maker = threading.Thread(target=lambda: created.append(MiniRacer()))
    maker.start()
    maker.join()
    return created[0]


class _Deadline:
    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.error()
        return left

    def error(self) -> EngineTimeoutError:
        return EngineTimeoutError(
            f"TensorFlow.js did not finish within {self._seconds:g} s",
            remedy="raise the time limit, or use a smaller input",
        )


class MiniRacerChannel(Channel):
    """A V8 isolate of its own; requests are served one at a time."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        source = bundled.script()
        self._limits = limits
        self._lock = threading.Lock()
        self._context = _new_context()
        self._finalizer = weakref.finalize(self, self._context.close)
        heap = int(self._context.heap_stats()["heap_size_limit"] * _HEAP_SHARE)
        self._context.set_hard_memory_limit(heap if limits.memory is None else min(heap, limits.memory))
        self._context.eval(source)
        self._ask = cast(Any, self._context.eval(_ASK))

    def describe(self) -> dict[str, str]:
        """The versions of mini-racer and of its V8."""
        return {"mini-racer": version("mini-racer"), "v8": self._context.v8_version}

    def exchange(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> Reply:
        """Fills buffers in V8's own memory, calls the driver, and copies its reply out."""
        deadline = _Deadline(self._limits.seconds)
        with self._lock, _Translation(deadline):
            self._fill(buffers)
            self._ask(json.dumps(header), timeout_sec=deadline.left())
            while (text := self._context.eval(_HEADER, timeout_sec=deadline.left())) is None:
                time.sleep(0.001)
            return self._take(cast(str, text))

    def _fill(self, buffers: Iterable[Bytes]) -> None:
        self._context.eval("totfjs.forget()")
        for buffer in buffers:
            view = cast(memoryview, self._context.eval(f"totfjs.allocate({buffer.nbytes})"))
            if buffer.nbytes:
                np.frombuffer(view, np.uint8)[:] = buffer

    def _take(self, text: str) -> Reply:
        count = cast(int, self._context.eval("totfjsReply.buffers.length"))
        views = [cast(memoryview, self._context.eval(f"totfjsReply.buffers[{i}]")) for i in range(count)]
        copies = tuple(np.array(view, np.uint8) for view in views)
        self._context.eval("totfjsReply = null")
        return Reply(json.loads(text), copies)

    def close(self) -> None:
        """Frees the isolate."""
        self._finalizer()


class _Translation(AbstractContextManager[None]):
    """Turns what mini-racer raises at a limit into our errors."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException

        remedy = "raise the memory limit, or use a smaller batch or model"
        if isinstance(error, JSTimeoutException):
            raise self._deadline.error() from None
        if isinstance(error, JSOOMException):
            raise EngineMemoryError(
                "TensorFlow.js ran out of memory: the JavaScript heap is full", remedy=remedy
            ) from None
        if isinstance(error, JSEvalException) and "allocation failed" in str(error):
            raise EngineMemoryError(
                "TensorFlow.js ran out of memory: a buffer of that size cannot be made", remedy=remedy
            ) from None
