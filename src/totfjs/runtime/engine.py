"""The engines which run TensorFlow.js, and the choice between them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from totfjs.errors import EngineError, MissingDependencyError, UsageError
from totfjs.runtime import bundled
from totfjs.runtime.channel import Channel, Limits
from totfjs.runtime.process import ProcessChannel, find_deno, find_node
from totfjs.runtime.session import Session
from totfjs.runtime.tensors import Array, as_bytes

_AVAILABLE: dict[str, Callable[[], bool]] = {
    "mini-racer": lambda: find_spec("py_mini_racer") is not None,
    "node": lambda: find_node() is not None,
    "deno": lambda: find_deno() is not None,
}
_BACKENDS = ("cpu", "wasm")


def available_engines() -> tuple[str, ...]:
    """The engines that are installed here, the preferred first."""
    return tuple(name for name, available in _AVAILABLE.items() if available())


def _choose(name: str | None) -> str:
    name = name or os.environ.get("TOTFJS_ENGINE") or None
    if name is not None and name not in _AVAILABLE:
        raise UsageError(f"There is no engine {name!r}.", remedy=f"Choose one of {', '.join(_AVAILABLE)}.")
    found = available_engines() if name is None else tuple(name for _ in "x" if _AVAILABLE[name]())
    if not found:
        raise MissingDependencyError(
            "No JavaScript engine is at hand to run TensorFlow.js."
            if name is None
            else f"The engine {name} is not installed.",
            remedy="Run `pip install mini-racer`, or put node or deno on PATH.",
        )
    return found[0]


def _open_channel(name: str, limits: Limits) -> Channel:
    if name != "mini-racer":
        return ProcessChannel(name, limits)
    from totfjs.runtime.miniracer import MiniRacerChannel

    return MiniRacerChannel(limits)


class _Runtime:
    """One TensorFlow.js at a time and the backends started in it; safe to use from several threads."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._backends: set[str] = set()
        self._lock = threading.Lock()
        self._channel: Channel | None = None
        self.versions: dict[str, str] = {}

    def channel(self, backend: str) -> Channel:
        """The running TensorFlow.js, with `backend` ready in it; a new one where the last has stopped."""
        with self._lock:
            if self._channel is None or self._channel.broken is not None:
                self._channel = self._start()
            if backend not in self._backends:
                binary = [as_bytes(bundled.wasm())] if backend == "wasm" else []
                self._channel.request({"command": "prepare", "backend": backend}, binary)
                self._backends.add(backend)
            return self._channel

    def _start(self) -> Channel:
        self._backends.clear()
        channel = _open_channel(self._name, self._limits)
        header = channel.request({"command": "start", "memoryLimit": self._limits.memory}).header
        self.versions = {**channel.describe(), **header["versions"]}
        return channel

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.abandon("the engine was closed")


class Engine:
    """A JavaScript engine with TensorFlow.js in it. It starts when it is first needed, and ends with `close`."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self._runtime = _Runtime(name, limits)
        self._warming: threading.Thread | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the engine and of the TensorFlow.js packages."""
        self._runtime.channel("cpu")
        return dict(self._runtime.versions)

    def warm(self, backend: str = "wasm") -> None:
        """Starts TensorFlow.js in a thread, so that `load` finds it ready."""
        self._warming = threading.Thread(target=self._warm, args=(backend,))
        self._warming.start()

    def _warm(self, backend: str) -> None:
        try:
            self._runtime.channel(backend)
        except (EngineError, MissingDependencyError):
            return  # `load` meets the same failure, and its caller is there to hear of it

    def load(
        self, model: Mapping[str, Any], weights: Iterable[bytes | memoryview | Array], backend: str = "wasm"
    ) -> Session:
        """Loads a model: the parsed model.json, and the bytes of its weight shards in order."""
        if backend not in _BACKENDS:
            raise UsageError(f"There is no backend {backend!r} here.", remedy=f"Choose one of {', '.join(_BACKENDS)}.")
        shards = (as_bytes(shard) for shard in weights)
        return Session(self._runtime.channel(backend), model, json.dumps(model), shards, backend)

    def close(self) -> None:
        """Ends TensorFlow.js and every session in it."""
        if self._warming is not None:
            self._warming.join()
        self._runtime.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_engine(name: str | None = None, time_limit: float | None = None, memory_limit: int | None = None) -> Engine:
    """Opens the engine `name`, or the environment's TOTFJS_ENGINE, or the first at hand of mini-racer, node, deno.

    `time_limit` is in seconds for each load or run, `memory_limit` in bytes; none by default.
    """
    return Engine(_choose(name), Limits(time_limit, memory_limit))
