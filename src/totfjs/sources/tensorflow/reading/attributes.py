"""Attributes of nodes (AttrValue), read when a rule asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Function
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.sources.tensorflow.reading.tensors import shape_of, tensor_of
from totfjs.wire import Message, WireError

# Fields of AttrValue, and of its ListValue with numbers one less from `func` on.
_LIST, _BYTES, _INT, _FLOAT, _BOOL, _TYPE, _SHAPE, _TENSOR, _PLACEHOLDER, _FUNC = range(1, 11)
_FUNCS = 9


class Attributes(Mapping[str, Any]):
    """The attributes of a node by name; each is decoded when it is asked for."""

    __slots__ = ("_decoded", "_file", "_message", "_stored")

    def __init__(self, message: Message, field: int, file: Stored | None) -> None:
        self._message: tuple[Message, int] | None = (message, field)
        self._file, self._decoded = file, dict[str, Any]()

    @property
    def _entries(self) -> Mapping[str, Message]:
        if self._message is not None:
            message, field = self._message
            self._stored = {entry.text(1): entry.message(2) for entry in message.messages(field)}
            self._message = None
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


def attributes(message: Message, field: int, file: Stored | None = None) -> Attributes:
    """A map of attributes, as nodes and functions have it."""
    return Attributes(message, field, file)


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
