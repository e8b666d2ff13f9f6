"""V8 isolates of mini-racer, all of them served by one thread, and calls into them that can be cut short."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any

from totfjs.errors import EngineError

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

_GRACE = 5.0


class _Home:
    """The thread in which V8 starts and in which isolates are made and freed, with the event loop that serves them.

    V8 protects its memory with keys of the processor, which a thread has only if it started V8 or descends from the
    thread that did: to free an isolate in any other thread ends the process.
    """

    def __init__(self) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="totfjs-v8", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        from py_mini_racer import DEFAULT_V8_FLAGS, init_mini_racer

        # a failure comes again, to whoever makes the first isolate
        with suppress(Exception):
            init_mini_racer(flags=(*DEFAULT_V8_FLAGS, "--allow-natives-syntax"), ignore_duplicate_init=True)
        self.loop.run_forever()


_lock = threading.Lock()
_homes: list[_Home] = []


def _home() -> _Home:
    """The one of this process: V8 can be started only once."""
    with _lock:
        if not _homes:
            _homes.append(_Home())
    if _homes[0].process != os.getpid():
        raise EngineError(
            "V8 does not survive a fork, and this process was forked from one in which it ran.",
            remedy="Use the multiprocessing start method 'spawn', or set TOTFJS_ENGINE=node for another engine.",
        )
    return _homes[0]


class Isolate:
    """A V8 isolate with globals and a heap of its own."""

    def __init__(self) -> None:
        self._home = _home()
        self.context: MiniRacer = self.wait(self._open())

    async def _open(self) -> MiniRacer:
        from py_mini_racer import mini_racer

        self._opened: AbstractContextManager[MiniRacer] = mini_racer(self._home.loop)
        return self._opened.__enter__()

    def wait(self, call: Coroutine[Any, Any, Any], seconds: float | None = None) -> Any:
        """The result of a call, which is ended when the time is up or when this thread is interrupted."""
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(call, seconds), self._home.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def eval(self, code: str, seconds: float | None = None) -> Any:
        """The value of a script."""
        return self.wait(self.context.eval_cancelable(code), seconds)

    async def _close(self) -> None:
        from py_mini_racer import JSEvalException

        # A call that was cut short still reports to the isolate, which has to live until then: calls end in order.
        with suppress(JSEvalException, TimeoutError):
            await asyncio.wait_for(self.context.eval_cancelable("0"), _GRACE)
        self._opened.__exit__(None, None, None)

    def close(self) -> None:
        """Frees the isolate."""
        if self._home.process != os.getpid():
            return
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._home.loop)
        # The garbage collector may call this in any thread, and the home cannot wait for itself.
        if threading.current_thread() is not self._home.thread:
            closing.result()
