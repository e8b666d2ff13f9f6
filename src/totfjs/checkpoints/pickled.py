"""Reads `.pkl` without unpickling: opcodes that build containers and arrays are followed, and nothing is ever called.

A pickle is a program for a stack machine. This one has the few opcodes that data need; a name that the program wants to
call is looked up in the table of `pickled_names`, and refused when it is not there. Arrays stay in the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from totfjs.checkpoints.checkpoint import Checkpoint, Tree, damaged
from totfjs.checkpoints.pickled_names import Blank, Bytes, Name, UnknownError, known
from totfjs.errors import CheckpointError, UnsafeCheckpointError
from totfjs.weights.array import Array, Dense, FileSlice

_DEPTH = 100
# Bytes up to this many are read at once; longer ones are arrays, which stay in the file.
_SMALL = 1 << 12
_MARK = object()


def read_pickle(path: Path) -> Checkpoint:
    """Read the arrays and containers of a pickle; anything else that it names is refused."""
    with path.open("rb") as file:
        machine = _Machine(path, file)
        try:
            value = machine.run()
        except UnknownError as error:
            raise _refused(path, str(error)) from error
        except (IndexError, TypeError, ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
            raise damaged(path, f"its opcodes make no sense ({type(error).__name__})") from error
        tree = _Tree(path, machine.size).tree(value)
    if not isinstance(tree, dict | list | Array):
        raise CheckpointError(f"{path} holds no tree of arrays.", remedy="Save the tree of parameters itself.")
    return Checkpoint(tree, "pickle")


class _Machine:
    """The stack, the memo and a cursor that never reads, or believes, more than is left of the file."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self.size = os.fstat(file.fileno()).st_size
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Follow the opcodes to the end."""
        while (opcode := self.take(1)[0]) != ord("."):
            action = _ACTIONS.get(opcode)
            if action is None:
                raise UnknownError(f"the opcode {opcode:#04x}")
            action(self)
        (value,) = self.stack
        return value

    def take(self, count: int) -> bytes:
        """The next bytes."""
        left = self.size - self._file.tell()
        if count > left:
            raise damaged(self.path, f"{count} bytes are due where {left} are left")
        return self._file.read(count)

    def number(self, size: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(size), "little")

    def line(self) -> str:
        """The rest of a line."""
        return self._file.readline(1 << 10).decode("ascii").rstrip("\n")

    def bytes(self, count: int) -> Bytes:
        """A run of bytes, left in the file when it is long."""
        if count <= _SMALL:
            return Bytes(self.take(count))
        start, left = self._file.tell(), self.size - self._file.tell()
        if count > left:
            raise damaged(self.path, f"{count} bytes are due where {left} are left")
        self._file.seek(count, os.SEEK_CUR)
        return Bytes(FileSlice(self.path, start, "uint8", (count,)))

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def popped(self) -> list[Any]:
        """What lies above the topmost mark."""
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def named(self, module: str, name: str) -> None:
        self.push(known(module, name))

    def call(self) -> None:
        """What calling a name from the table would give: data that the table's own function makes."""
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, Name) or not isinstance(arguments, tuple):
            raise UnknownError("something that is not a name, to be called")
        self.push(name.make(*arguments))

    def build(self) -> None:
        """The state of an array or of a dtype, which are the only ones that have one."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Blank):
            raise UnknownError("the state of an object of its own")
        self.stack[-1].fill(state)

    def extend(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise UnknownError("items of something that is not a list")
        self.stack[-1].extend(items)

    def update(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise UnknownError("entries of something that is not a dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int):
                raise UnknownError(f"a key of type {type(key).__name__}")
            target[key] = value


class _Tree:
    """Turns what the machine made into a tree of arrays. A container may be in many places, but not in itself."""

    def __init__(self, path: Path, most: int) -> None:
        self.path, self.most, self.seen = path, most, 0

    def tree(self, value: Any, depth: int = 0) -> Tree:
        self.seen += 1
        if depth > _DEPTH or self.seen > self.most:
            raise damaged(self.path, "its containers hold each other")
        if isinstance(value, dict):
            kept = {str(key): self.tree(item, depth + 1) for key, item in value.items()}
            return {key: item for key, item in kept.items() if item is not None}
        if isinstance(value, list | tuple):
            return [self.tree(item, depth + 1) for item in value]
        if isinstance(value, Blank):
            return value.array(self.path)
        return Dense(value) if isinstance(value, bool | int | float) else None


def _refused(path: Path, what: str) -> UnsafeCheckpointError:
    return UnsafeCheckpointError(
        f"{path} is a pickle that holds {what}: reading it would run code.",
        remedy="Load it where you trust it and save only the arrays, as .safetensors or .npz.",
    )


Action = Callable[[_Machine], None]


def _pushes(read: Callable[[_Machine], Any]) -> Action:
    return lambda machine: machine.push(read(machine))


def _skips(count: int) -> Action:
    """What says something about the pickle as a whole: its protocol, or how long a part of it is."""

    def action(machine: _Machine) -> None:
        machine.take(count)

    return action


def _text(size: int) -> Action:
    return _pushes(lambda machine: machine.take(machine.number(size)).decode("utf-8", "surrogatepass"))


def _raw(size: int) -> Action:
    return _pushes(lambda machine: machine.bytes(machine.number(size)))


def _signed(size: int) -> Callable[[_Machine], int]:
    return lambda machine: int.from_bytes(machine.take(machine.number(size)), "little", signed=True)


def _tuple_of(count: int) -> Action:
    def action(machine: _Machine) -> None:
        items = tuple(machine.stack[len(machine.stack) - count :])
        del machine.stack[len(machine.stack) - count :]
        machine.push(items)

    return action


def _stack_global(machine: _Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.named(str(module), str(name))


def _remember(machine: _Machine, place: int) -> None:
    machine.memo[place] = machine.stack[-1]


def _entry(machine: _Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.update([key, value])


_ACTIONS: dict[int, Action] = {
    0x80: _skips(1),
    0x95: _skips(8),
    ord("("): lambda machine: machine.push(_MARK),
    ord("2"): lambda machine: machine.push(machine.stack[-1]),
    ord("N"): lambda machine: machine.push(None),
    0x88: lambda machine: machine.push(True),
    0x89: lambda machine: machine.push(False),
    ord("J"): _pushes(lambda machine: int.from_bytes(machine.take(4), "little", signed=True)),
    ord("K"): _pushes(lambda machine: machine.number(1)),
    ord("M"): _pushes(lambda machine: machine.number(2)),
    0x8A: _pushes(_signed(1)),
    0x8B: _pushes(_signed(4)),
    ord("G"): _pushes(lambda machine: struct.unpack(">d", machine.take(8))[0]),
    0x8C: _text(1),
    ord("X"): _text(4),
    0x8D: _text(8),
    ord("C"): _raw(1),
    ord("B"): _raw(4),
    0x8E: _raw(8),
    0x96: _raw(8),
    ord("}"): lambda machine: machine.push({}),
    ord("]"): lambda machine: machine.push([]),
    ord(")"): lambda machine: machine.push(()),
    ord("a"): lambda machine: machine.extend([machine.stack.pop()]),
    ord("e"): lambda machine: machine.extend(machine.popped()),
    ord("s"): _entry,
    ord("u"): lambda machine: machine.update(machine.popped()),
    ord("t"): lambda machine: machine.push(tuple(machine.popped())),
    ord("l"): lambda machine: machine.push(machine.popped()),
    0x85: _tuple_of(1),
    0x86: _tuple_of(2),
    0x87: _tuple_of(3),
    ord("h"): lambda machine: machine.push(machine.memo[machine.number(1)]),
    ord("j"): lambda machine: machine.push(machine.memo[machine.number(4)]),
    ord("q"): lambda machine: _remember(machine, machine.number(1)),
    ord("r"): lambda machine: _remember(machine, machine.number(4)),
    0x94: lambda machine: _remember(machine, len(machine.memo)),
    ord("c"): lambda machine: machine.named(machine.line(), machine.line()),
    0x93: _stack_global,
    ord("R"): _Machine.call,
    0x81: _Machine.call,
    ord("b"): _Machine.build,
}
