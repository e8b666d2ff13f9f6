"""Where in the user's source an operation of a module comes from, as its location says."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from totfjs.sources.jax import _compat

_LINE = re.compile(r'"((?:[^"\\]|\\.)*)":(\d+):\d+')
_NAME = re.compile(r'loc\("((?:[^"\\]|\\.)*)"(?!:\d)')
_WRAPPED = re.compile(r"(?:jit|pjit|jvp|vmap|transpose|remat|checkpoint|custom_jvp|custom_vjp)\(.*")
# What JAX adds to paths for its own loops and calls.
_STEPS = frozenset(("while", "body", "cond", "closed_call", "scan"))
T = TypeVar("T")


def line_of(location: str, label: str) -> str:
    """`file:line` of the user's code in a location, or else of a library; `label` names the module's own text."""
    lines = [(label if file == "-" else file, line) for file, line in _LINE.findall(location)]
    mine = [place for place in lines if not _compat.of_library(place[0])]
    return ":".join((mine or lines)[0]) if lines else ""


def scope_of(location: str) -> tuple[str, bool]:
    """The module path in a location, and whether it begins at the model: those inside of functions do not."""
    match = _NAME.match(location)
    if match is None:
        return "", False
    parts = match[1].rstrip(":").split("/")
    return "/".join(part for part in parts[:-1] if part and part not in _STEPS and not _WRAPPED.match(part)), match[
        1
    ].startswith("jit(")


def within(path: str, outer: str) -> bool:
    """Whether a path lies in another."""
    return bool(outer) and f"{path}/".startswith(f"{outer}/")


def below(path: str, outer: str) -> str:
    """A path as seen from one that it may lie in."""
    return path[len(outer) :].strip("/") if within(path, outer) else path


def at_line(place: str, thunk: Callable[[], T]) -> T:
    """Runs a function as though the line `place` of the user's code called it: JAX notes that as its source."""
    file, _, line = place.rpartition(":")
    if not file or not line.isdigit():
        return thunk()
    found: T = types.FunctionType(_code(file, int(line)), {})(thunk)
    return found


@cache
def _code(file: str, line: int) -> Any:
    return (lambda thunk: thunk()).__code__.replace(co_filename=file, co_firstlineno=line, co_name="stablehlo")
