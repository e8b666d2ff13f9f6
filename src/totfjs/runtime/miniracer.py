"""TensorFlow.js in this process: V8 by mini-racer."""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, cast

import numpy as np

from totfjs.errors import EngineError, EngineMemoryError, EngineTimeoutError
from totfjs.runtime import bundled
from totfjs.runtime.channel import Bytes, Channel, Limits, Reply
from totfjs.runtime.isolate import Isolate

# Promise callbacks run inside of the call, where a time limit can end them; V8 left alone runs them after it.
_CHECKPOINT = "%PerformMicrotaskCheckpoint();"
_ASK = f"""(text) => {{
    globalThis.totfjsReply = null;
    totfjs.request(text).then((reply) => {{ globalThis.totfjsReply = reply; }});
    {_CHECKPOINT}
}}"""
_HEADER = "totfjsReply === null ? null : totfjsReply.header"
# V8 ends the whole process when its heap is full, so that a limit of ours has to come first.
_HEAP_SHARE = 0.9


class _Deadline:
    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
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
            f"TensorFlow.js did not finish within {self.seconds:g} s.",
            remedy="Raise the time limit, or use a smaller input.",
        )


class MiniRacerChannel(Channel):
    """A V8 isolate of its own; requests are served one at a time."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        source = bundled.script()
        self._limits = limits
        self._lock = threading.Lock()
        self._isolate = Isolate()
        self._finalizer = weakref.finalize(self, self._isolate.close)
        context = self._isolate.context
        heap = int(context.heap_stats()["heap_size_limit"] * _HEAP_SHARE)
        context.set_hard_memory_limit(heap if limits.memory is None else min(heap, limits.memory))
        with _Translation(_Deadline(None)):
            self._isolate.eval(source)
        self._ask = self._function(_ASK).cancelable()

    def _function(self, source: str) -> Any:
        from py_mini_racer import JSParseException

        try:
            return self._isolate.eval(source)
        except JSParseException:
            # Somebody else in this process started V8, and without our flag.
            return self._isolate.eval(source.replace(_CHECKPOINT, ""))

    def describe(self) -> dict[str, str]:
        """The versions of mini-racer and of its V8."""
        return {"mini-racer": version("mini-racer"), "v8": self._isolate.context.v8_version}

    def exchange(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> Reply:
        """Fills buffers in V8's own memory, calls the driver, and copies its reply out."""
        deadline = _Deadline(self._limits.seconds_for(header))
        with self._lock, _Translation(deadline):
            self._fill(buffers)
            text, left = json.dumps(header), deadline.left()
            self._isolate.wait(self._ask(text), left)
            while (reply := self._isolate.eval(_HEADER, deadline.left())) is None:
                time.sleep(0.001)
            return self._take(cast(str, reply))

    def _fill(self, buffers: Iterable[Bytes]) -> None:
        self._isolate.eval("totfjs.forget()")
        for buffer in buffers:
            view = cast(memoryview, self._isolate.eval(f"totfjs.allocate({buffer.nbytes})"))
            if buffer.nbytes:
                np.frombuffer(view, np.uint8)[:] = buffer

    def _take(self, text: str) -> Reply:
        count = cast(int, self._isolate.eval("totfjsReply.buffers.length"))
        views = [cast(memoryview, self._isolate.eval(f"totfjsReply.buffers[{i}]")) for i in range(count)]
        copies = tuple(np.array(view, np.uint8) for view in views)
        self._isolate.eval("totfjsReply = null")
        return Reply(json.loads(text), copies)

    def close(self) -> None:
        """Frees the isolate."""
        self._finalizer()


class _Translation(AbstractContextManager[None]):
    """Turns what mini-racer raises at a limit into our errors."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        from py_mini_racer import JSEvalException, JSOOMException

        remedy = "Raise the memory limit, or use a smaller batch or model."
        if isinstance(error, TimeoutError) and self._deadline.seconds is not None:
            raise self._deadline.error() from None
        if isinstance(error, JSOOMException):
            raise EngineMemoryError(
                "TensorFlow.js ran out of memory: the JavaScript heap is full.", remedy=remedy
            ) from None
        if isinstance(error, JSEvalException) and "allocation failed" in str(error):
            raise EngineMemoryError(
                "TensorFlow.js ran out of memory: a buffer of that size cannot be made.", remedy=remedy
            ) from None
        if isinstance(error, JSEvalException):
            raise EngineError(
                f"TensorFlow.js failed: {str(error)[:500].removesuffix('.')}.",
                remedy="Try another engine: set TOTFJS_ENGINE=node.",
            )
