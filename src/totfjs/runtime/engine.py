"""The engines which run TensorFlow.js, and the choice between them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

from totfjs.errors import EngineError, MissingDependencyError, UsageError
from totfjs.runtime import bundled
from totfjs.runtime.browsers.find import NAMES, require_browser
from totfjs.runtime.channel import Bytes, Channel, Limits
from totfjs.runtime.process import ProcessChannel, find_deno, find_node
from totfjs.runtime.session import Session
from totfjs.runtime.started import Started
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


def _binary(name: str, backend: str) -> list[Bytes]:
    """What a backend needs in an engine that cannot fetch it."""
    return [as_bytes(bundled.wasm())] if backend == "wasm" and name in _AVAILABLE else []


def _open_channel(name: str, limits: Limits) -> Channel:
    if name == "browser" or name in NAMES:
        from totfjs.runtime.browsers.channel import BrowserChannel

        return BrowserChannel(require_browser(None if name == "browser" else name), limits)
    if name != "mini-racer":
        return ProcessChannel(name, limits)
    from totfjs.runtime.miniracer import MiniRacerChannel

    return MiniRacerChannel(limits)


class Engine:
    """TensorFlow.js: an engine for the backends cpu and wasm, and a browser for those that need one.

    With a name, all backends run in the engine of that name. Each starts when it is first needed; `close` ends them.
    """

    def __init__(self, name: str | None, limits: Limits, flags: Mapping[str, Any] | None = None) -> None:
        self._named, self._limits, self._flags = name, limits, dict(flags or {})
        self._all: dict[tuple[str, int], Started] = {}
        self._lock = threading.Lock()
        self._warming: list[threading.Thread] = []

    @property
    def name(self) -> str:
        """The engine of cpu and wasm."""
        return self._named or _headless()

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the engine and of the TensorFlow.js packages."""
        started = self._started("cpu")
        started.channel("cpu")
        return dict(started.versions)

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the child processes that run now."""
        return tuple(each.process for each in self._all.values() if each.process is not None)

    def surroundings(self, backend: str) -> dict[str, Any]:
        """What a backend, which starts for it, runs on: versions, and what a browser says of itself and of it."""
        started = self._started(backend)
        told = started.surroundings(_bare(backend))
        own = told.pop("backends", {}).get(_bare(backend), {})
        return {"engine": started.name, "versions": dict(started.versions), **told, **own}

    def warm(self, backend: str = "wasm") -> None:
        """Starts what the backend runs in, in a thread, so that `load` finds it ready."""
        thread = threading.Thread(target=self._warm, args=(backend,))
        self._warming.append(thread)
        thread.start()

    def _warm(self, backend: str) -> None:
        try:
            self._started(backend).channel(_bare(backend))
        except (EngineError, MissingDependencyError, UsageError):
            return  # `load` meets the same failure, and its caller is there to hear of it

    def _started(self, backend: str) -> Started:
        name, threads = self._engine_of(backend), THREADS if backend == "wasm-threads" else 1
        opener, binary = partial(_open_channel, name, self._limits), partial(_binary, name)
        settings = {"threads": threads, "flags": self._flags}
        with self._lock:
            new = Started(name, opener, binary, self._limits, settings)
            return self._all.setdefault((name, threads), new)

    def _engine_of(self, backend: str) -> str:
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
        return name

    def load(
        self, model: Mapping[str, Any], weights: Iterable[bytes | memoryview | Array], backend: str = "wasm"
    ) -> Session:
        """Loads a model: the parsed model.json, and the bytes of its weight shards in order.

        Weights that can be gone through again, which an iterator cannot, are loaded once more where a browser died.
        """
        connect = partial(self._started(backend).channel, _bare(backend))
        return Session(connect, json.dumps(model), weights, _bare(backend))

    def close(self) -> None:
        """Ends TensorFlow.js and every session in it."""
        for thread in self._warming:
            thread.join()
        for each in self._all.values():
            each.close()

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
