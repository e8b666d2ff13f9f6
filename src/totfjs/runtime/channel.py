"""One live TensorFlow.js, whatever engine runs it: a request, its reply, and what a failure in JavaScript means."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from totfjs.errors import EngineError, EngineMemoryError, EngineTimeoutError

Bytes = npt.NDArray[np.uint8]


# What is asked before any model, and how long it may take at least: a limit for models does not hurry our own work.
_STARTS = "start", "prepare"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Limits:
    """What one load or run of a model may use: seconds, and bytes of tensors and heap. None is no limit."""

    seconds: float | None = None
    memory: int | None = None

    def seconds_for(self, header: Mapping[str, Any]) -> float | None:
        """How long a request may take."""
        if self.seconds is None or header["command"] not in _STARTS:
            return self.seconds
        return max(self.seconds, _START_SECONDS)


@dataclass(frozen=True)
class Reply:
    """The answer of TensorFlow.js: a JSON header and the buffers that it announces."""

    header: Mapping[str, Any]
    buffers: tuple[Bytes, ...]


_REMEDIES = (
    (r"Kernel '(\w+)' not registered for backend 'wasm'", "Use another backend, such as cpu: wasm has no such kernel."),
    (r"Kernel '(\w+)' not registered", "Use another backend: this one has no such kernel."),
    (
        r"this browser has no Web",
        "Use another backend, or another browser by TOTFJS_BROWSER: `totfjs doctor --browser` tells what one can do.",
    ),
    (r"Unknown op '(\w+)'", "Convert the model again without this op, which stock TensorFlow.js cannot run."),
    (r"Unknown layer: (\w+)", "Convert the model to a graph model: stock TensorFlow.js has no such layer."),
    (
        r"Unsupported dtype in weight",
        "Convert the model again: TensorFlow.js reads float32, int32, bool, complex64, string.",
    ),
    (
        r"in JSON at position|is not valid JSON",
        "Convert the model again: NaN and Infinity in a model.json are not JSON.",
    ),
)


_UNKNOWN = "Run totfjs verify on the model: it tells whether the model or these inputs are at fault."


def remedy_for(message: str) -> str:
    """What to do about an error of TensorFlow.js."""
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, message)), _UNKNOWN)


class LostEngineError(EngineError):
    """What TensorFlow.js ran in ended by itself, and not for what it was asked: the same can be tried once more."""


class Channel(ABC):
    """A running TensorFlow.js. `broken` says why it must not be used any more, `lost` that it ended by itself."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self.lost = False

    @abstractmethod
    def exchange(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> Reply:
        """Sends one request, waits for its reply; raises EngineTimeoutError or EngineMemoryError at a limit."""

    @abstractmethod
    def close(self) -> None:
        """Ends the runtime and frees all that it held. May be called twice."""

    @property
    def process(self) -> int | None:
        """The id of the process that it runs in, where that is one of its own."""
        return None

    @abstractmethod
    def describe(self) -> dict[str, str]:
        """The versions of the engine itself."""

    def request(self, header: Mapping[str, Any], buffers: Iterable[Bytes] = ()) -> Reply:
        """Like `exchange`, and raises what failed in JavaScript as an error of ours."""
        if self.broken is not None:
            kind = LostEngineError if self.lost else EngineError
            raise kind(f"This TensorFlow.js has stopped: {self.broken}.", remedy="Load the model again.")
        try:
            reply = self.exchange(header, buffers)
        except LostEngineError as error:
            self.lost = True
            self.abandon(error.what.removesuffix("."))
            raise
        except (EngineTimeoutError, EngineMemoryError) as error:
            self.abandon(error.what.removesuffix("."))
            raise
        except Exception:
            raise
        except BaseException:
            # an interrupt leaves half a request or half a reply behind
            self.abandon("a request was interrupted")
            raise
        if (fault := reply.header.get("error")) is not None:
            self._raise(fault)
        return reply

    def abandon(self, why: str) -> None:
        """Marks the runtime as unusable and ends it."""
        self.broken = why
        self.close()

    def _raise(self, fault: Mapping[str, Any]) -> None:
        if fault["memory"] is not None:
            message = f"TensorFlow.js ran out of memory: {fault['memory']}"
            self.abandon(message)
            raise EngineMemoryError(f"{message}.", remedy="Raise the memory limit, or use a smaller batch or model.")
        if fault["trapped"]:
            self.abandon(f"WebAssembly trapped: {fault['message']}")
            raise EngineError(
                f"TensorFlow.js crashed: WebAssembly trapped with '{fault['message']}'.",
                remedy="Load the model again, and run it on backend='cpu' to learn which op is at fault.",
            )
        if fault.get("lost") is not None:
            self.lost = True
            self.abandon(fault["lost"])
            raise LostEngineError(
                f"TensorFlow.js failed: {fault['lost']}.",
                remedy="Load the model again; where that fails too, a smaller batch or model needs less of the GPU.",
            )
        message = fault["message"].removesuffix(".")
        raise EngineError(f"TensorFlow.js failed: {message}.", remedy=remedy_for(message))
