"""The user's lines (GraphDebugInfo), which TensorFlow saves beside a SavedModel when it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath

from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.wire import Message, WireError

_FILE = "debug/saved_model_debug_info.pb"
_LIBRARIES = ("tensorflow", "keras", "tf_keras", "tensorflow_hub", "jax")
# Fields of GraphDebugInfo, its StackTrace and its FileLineCol.
_FILES, _TRACES, _FRAMES_BY_ID, _NAMES, _TRACES_BY_ID = 1, 2, 4, 5, 6
_FRAMES, _FRAME_IDS = 1, 2
_FILE_INDEX, _LINE = 1, 2


class Lines:
    """The lines of a file of debug information. A trace lists the frames from the outermost, or from the innermost."""

    def __init__(self, message: Message) -> None:
        self._files = list(message.texts(_FILES))
        self._frames = dict(map(_by_id, message.messages(_FRAMES_BY_ID)))
        self._traces = dict(map(_by_id, message.messages(_TRACES_BY_ID)))
        self._names: Mapping[str, int] = {each.text(1): each.unsigned(2) for each in message.messages(_NAMES)}
        self._old = {each.text(1): each.message(2) for each in message.messages(_TRACES)}

    def of(self, node: str, function: str) -> str:
        """The innermost line of code that is no library's, as in `model.py:12`; empty where none is known."""
        name = f"{node}@{function}"
        trace = self._traces.get(self._names.get(name, -1)) or self._old.get(name)
        if trace is None:
            return ""
        frames = [*trace.messages(_FRAMES), *(self._frames[each] for each in _ids(trace) if each in self._frames)]
        known = [(at, frame) for frame in frames if (at := _index(frame)) < len(self._files)]
        places = [(self._files[at], frame.integer(_LINE)) for at, frame in known]
        own = [(path, line) for path, line in places if not _is_library(path)]
        return f"{PurePosixPath(own[-1][0].replace(chr(92), '/')).name}:{own[-1][1]}" if own else ""


def places(directory: Path) -> Callable[[str, str], str]:
    """What tells the user's line of a node of a function; it tells nothing where the model has no such file."""
    path = directory / _FILE
    if not path.is_file():
        return lambda node, function: ""

    @cache
    def lines() -> Lines:
        with reading(path):
            return Lines(Stored(path).message)

    def place(node: str, function: str) -> str:
        with reading(path):
            return lines().of(node, function)

    return place


def _by_id(entry: Message) -> tuple[int, Message]:
    return entry.unsigned(1), entry.message(2)


def _ids(trace: Message) -> list[int]:
    if not trace.has(_FRAME_IDS):
        return []
    return [int(number) for number in trace.numbers(_FRAME_IDS, "<u8")]


def _index(frame: Message) -> int:
    at = frame.integer(_FILE_INDEX)
    if at < 0:
        raise WireError(f"a line is of file {at}")
    return at


def _is_library(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return path.startswith("<") or any(
        before in ("site-packages", "dist-packages") and part in _LIBRARIES for before, part in pairwise(parts)
    )
