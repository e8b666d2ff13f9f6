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
from totfjs.runtime.browsers.find import NAMES, require_browser
from totfjs.runtime.channel import Channel, Limits
from totfjs.runtime.process import ProcessChannel, find_deno, find_node
from totfjs.runtime.session import Session
from totfjs.runtime.tensors import Array, as_bytes

_AVAILABLE: dict[str, Callable[[], bool]] = {
    "mini-racer": lambda: find_spec("py_mini_racer") is not None,
    "node": lambda: find_node() is not None,
    "deno": lambda: find_deno() is not None,
}
# What runs where: a browser has every backend, and can run wasm in several threads.
HEADLESS = ("cpu", "wasm")
BROWSER = ("webgl", "webgpu", "wasm-threads")
THREADS = 2


def available_engines() -> tuple[str, ...]:
    """The engines without a browser that are installed here, the preferred first."""
    return tuple(name for name, available in _AVAILABLE.items() if available())


def _headless() -> str:
    found = available_engines()
    if not found:
        raise MissingDependencyError(
            "No JavaScript engine is at hand to run TensorFlow.js.",
            remedy="Run `pip install mini-racer`, or put node or deno on PATH.",
        )
    return found[0]


def _checked(name: str | None) -> str | None:
    """The engine that is asked for, which has to be there; None when none is."""
    name = name or os.environ.get("TOTFJS_ENGINE") or None
    if name is None or name == "browser":
        return name
    if name in NAMES:
        require_browser(name)
    elif name not in _AVAILABLE:
        raise UsageError(
            f"There is no engine {name!r}.", remedy=f"Choose one of {', '.join((*_AVAILABLE, 'browser', *NAMES))}."
        )
    elif not _AVAILABLE[name]():
        raise MissingDependencyError(
            f"The engine {name} is not installed.", remedy="Run `pip install mini-racer`, or put node or deno on PATH."
        )
    return name


def _open_channel(name: str, limits: Limits) -> Channel:
    if name == "browser" or name in NAMES:
        from totfjs.runtime.browsers.channel import BrowserChannel

        return BrowserChannel(None if name == "browser" else name, limits)
    if name != "mini-racer":
        return ProcessChannel(name, limits)
    from totfjs.runtime.miniracer import MiniRacerChannel

    return MiniRacerChannel(limits)


class _Runtime:
    """One TensorFlow.js at a time and the backends started in it; safe to use from several threads."""

    def __init__(self, name: str, limits: Limits, settings: Mapping[str, Any]) -> None:
        self.name, self._limits, self._settings = name, limits, settings
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
                binary = [as_bytes(bundled.wasm())] if backend == "wasm" and self.name in _AVAILABLE else []
                self._channel.request({"command": "prepare", "backend": backend, "settings": self._settings}, binary)
                self._backends.add(backend)
            return self._channel

    def _start(self) -> Channel:
        self._backends.clear()
        channel = _open_channel(self.name, self._limits)
        header = channel.request({"command": "start", "memoryLimit": self._limits.memory}).header
        self.versions = {**channel.describe(), **header["versions"]}
        return channel

    @property
    def process(self) -> int | None:
        """The id of the process in which it runs, where it runs in one of its own."""
        return None if self._channel is None or self._channel.broken is not None else self._channel.process

    def surroundings(self) -> dict[str, Any]:
        """What the backends that were started run on, as a browser tells it; empty for the other engines."""
        with self._lock:
            if self._channel is None or self._channel.broken is not None:
                return {}
            return dict(self._channel.request({"command": "describe"}).header["surroundings"])

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.abandon("the engine was closed")


class Engine:
    """TensorFlow.js: an engine for the backends cpu and wasm, and a browser for those that need one.

    With a name, all backends run in the engine of that name. Each starts when it is first needed; `close` ends them.
    """

    def __init__(self, name: str | None, limits: Limits, flags: Mapping[str, Any] | None = None) -> None:
        self._named, self._limits, self._flags = name, limits, dict(flags or {})
        self._runtimes: dict[tuple[str, int], _Runtime] = {}
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The engine of cpu and wasm."""
        return self._named or _headless()

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the engine and of the TensorFlow.js packages."""
        runtime = self._runtime("cpu")
        runtime.channel("cpu")
        return dict(runtime.versions)

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the child processes that run now."""
        return tuple(runtime.process for runtime in self._runtimes.values() if runtime.process is not None)

    def surroundings(self, backend: str) -> dict[str, Any]:
        """What a backend that was used runs on: versions, and what a browser says of itself and of the backend."""
        runtime = self._runtime(backend)
        told = runtime.surroundings()
        own = told.pop("backends", {}).get(_bare(backend), {})
        return {"engine": runtime.name, "versions": dict(runtime.versions), **told, **own}

    def warm(self, backend: str = "wasm") -> None:
        """Starts TensorFlow.js in a thread, so that `load` finds it ready."""
        self._warming = threading.Thread(target=self._warm, args=(backend,))
        self._warming.start()

    def _warm(self, backend: str) -> None:
        try:
            self._runtime(backend).channel(_bare(backend))
        except (EngineError, MissingDependencyError):
            return  # `load` meets the same failure, and its caller is there to hear of it

    def _runtime(self, backend: str) -> _Runtime:
        if backend not in (*HEADLESS, *BROWSER):
            raise UsageError(
                f"There is no backend {backend!r}.", remedy=f"Choose one of {', '.join(HEADLESS + BROWSER)}."
            )
        name = self._named or ("browser" if backend in BROWSER else _headless())
        if backend in BROWSER and name in _AVAILABLE:
            raise UsageError(
                f"The engine {name} has no backend {backend!r}.",
                remedy=f"Choose one of {', '.join(HEADLESS)}, or the engine browser.",
            )
        threads = THREADS if backend == "wasm-threads" else 1
        settings = {"threads": threads, "flags": self._flags}
        with self._lock:
            return self._runtimes.setdefault((name, threads), _Runtime(name, self._limits, settings))

    def load(
        self, model: Mapping[str, Any], weights: Iterable[bytes | memoryview | Array], backend: str = "wasm"
    ) -> Session:
        """Loads a model: the parsed model.json, and the bytes of its weight shards in order."""
        channel = self._runtime(backend).channel(_bare(backend))
        shards = (as_bytes(shard) for shard in weights)
        return Session(channel, model, json.dumps(model), shards, _bare(backend))

    def close(self) -> None:
        """Ends TensorFlow.js and every session in it."""
        if self._warming is not None:
            self._warming.join()
        for runtime in self._runtimes.values():
            runtime.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bare(backend: str) -> str:
    return "wasm" if backend == "wasm-threads" else backend


def open_engine(
    name: str | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Engine:
    """Opens TensorFlow.js: cpu and wasm in the first at hand of mini-racer, node and deno, the rest in a browser.

    `name`, or the environment's TOTFJS_ENGINE, may name one engine for all: one of those, `browser`, `chromium`,
    `chrome`, `edge`, `firefox` or `webkit`. `time_limit` is in seconds for each load or run, `memory_limit` in bytes;
    none by default. `flags` are flags of TensorFlow.js, which a browser sets. Without an engine at hand this fails.
    """
    named = _checked(name)
    if named is None:
        _headless()
    return Engine(named, Limits(time_limit, memory_limit), flags)
