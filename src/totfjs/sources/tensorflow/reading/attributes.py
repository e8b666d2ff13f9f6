"""Attributes of nodes (AttrValue), read when a rule asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Function
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.sources.tensorflow.reading.tensors import shape_of, tensor_of
from totfjs.wire import Message, WireError, varint

# Fields of AttrValue, and of its ListValue with numbers one less from `func` on.
_LIST, _BYTES, _INT, _FLOAT, _BOOL, _TYPE, _SHAPE, _TENSOR, _PLACEHOLDER, _FUNC = range(1, 11)
_FUNCS = 9
# How the two fields of an entry of a map begin.
_KEY, _VALUE = 0x0A, 0x12


class Attributes(Mapping[str, Any]):
    """The attributes of a node by name; each is decoded when it is asked for."""

    __slots__ = ("_decoded", "_file", "_message", "_stored", "_written")

    def __init__(self, message: Message, entries: Iterable[memoryview], file: Stored | None) -> None:
        self._message: Message | None = message
        self._stored: Mapping[str, Message] = {}
        self._written, self._file, self._decoded = entries, file, dict[str, Any]()

    @property
    def _entries(self) -> Mapping[str, Message]:
        if self._message is not None:
            message, self._message = self._message, None
            self._stored = {name: message.nested(value) for name, value in map(_entry, self._written)}
        return self._stored

    def __getitem__(self, name: str) -> Any:
        if name not in self._decoded:
            self._decoded[name] = attribute(self._entries[name], self._file)
        return self._decoded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _entry(data: memoryview) -> tuple[str, memoryview]:
    """The name and the value of an entry of a map; most are written in the same way, which is read at once."""
    end = 2 + data[1] if len(data) > 3 and data[0] == _KEY and data[1] < 0x80 else len(data)
    if end < len(data) and data[end] == _VALUE:
        size, at = varint(data, end + 1)
        if at + size == len(data):
            return _text(data[2:end]), data[at:]
    entry = Message(data)
    return entry.text(1), entry.data(2)


def _text(data: memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise WireError("the name of an attribute is not UTF-8") from error


def attributes(message: Message, field: int, file: Stored | None = None) -> Attributes:
    """A map of attributes, as nodes and functions have it."""
    return Attributes(message, message.datas(field), file)


def attribute(value: Message, file: Stored | None = None) -> Any:
    """One attribute: bytes, int, float, bool, dtype name, shape, Array, Function, or a tuple of these."""
    for number, decode in _ONE.items():
        if value.has(number):
            return decode(value, file)
    if value.has(_LIST):
        return _list(value.message(_LIST), file)
    if value.has(_PLACEHOLDER):
        raise WireError(f"an attribute is left open by the name {value.text(_PLACEHOLDER)!r}")
    return ()


def _function(message: Message, file: Stored | None) -> Function:
    return Function(message.text(1), attributes(message, 2, file))


def _list(value: Message, file: Stored | None) -> tuple[Any, ...]:
    for number, decode in _MANY.items():
        if value.has(number):
            return tuple(decode(value, file))
    return ()


_Decode = Callable[[Message, "Stored | None"], Any]
_ONE: dict[int, _Decode] = {
    _BYTES: lambda value, file: bytes(value.data(_BYTES)),
    _INT: lambda value, file: value.integer(_INT),
    _FLOAT: lambda value, file: value.real(_FLOAT),
    _BOOL: lambda value, file: value.boolean(_BOOL),
    _TYPE: lambda value, file: dtype_name(value.integer(_TYPE)),
    _SHAPE: lambda value, file: shape_of(value.message(_SHAPE)),
    _TENSOR: lambda value, file: tensor_of(value.message(_TENSOR), file),
    _FUNC: lambda value, file: _function(value.message(_FUNC), file),
}
_MANY: dict[int, _Decode] = {
    _BYTES: lambda value, file: (bytes(each) for each in value.datas(_BYTES)),
    _INT: lambda value, file: value.integers(_INT).tolist(),
    _FLOAT: lambda value, file: value.numbers(_FLOAT, "<f4").tolist(),
    _BOOL: lambda value, file: (bool(each) for each in value.integers(_BOOL)),
    _TYPE: lambda value, file: (dtype_name(int(each)) for each in value.integers(_TYPE)),
    _SHAPE: lambda value, file: (shape_of(each) for each in value.messages(_SHAPE)),
    _TENSOR: lambda value, file: (tensor_of(each, file) for each in value.messages(_TENSOR)),
    _FUNCS: lambda value, file: (_function(each, file) for each in value.messages(_FUNCS)),
}
