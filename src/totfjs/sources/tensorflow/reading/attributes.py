"""Attributes of nodes (AttrValue), read when a rule asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Function
from totfjs.sources.tensorflow.reading.tensors import shape_of, tensor_of
from totfjs.wire import Message

# Fields of AttrValue, and of its ListValue with numbers one less from `func` on.
_LIST, _BYTES, _INT, _FLOAT, _BOOL, _TYPE, _SHAPE, _TENSOR, _PLACEHOLDER, _FUNC = range(1, 11)
_FUNCS = 9


class Attributes(Mapping[str, Any]):
    """The attributes of a node by name; each is decoded when it is asked for."""

    __slots__ = ("_decoded", "_stored")

    def __init__(self, stored: Mapping[str, Message]) -> None:
        self._stored, self._decoded = stored, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._decoded:
            self._decoded[name] = attribute(self._stored[name])
        return self._decoded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def attributes(message: Message, field: int) -> Attributes:
    """A map of attributes, as nodes and functions have it."""
    return Attributes({entry.text(1): entry.message(2) for entry in message.messages(field)})


def attribute(value: Message) -> Any:
    """One attribute: bytes, int, float, bool, dtype name, shape, Array, Function, or a tuple of these."""
    for number, decode in _ONE.items():
        if value.has(number):
            return decode(value)
    if value.has(_LIST):
        return _list(value.message(_LIST))
    return ()


def _function(message: Message) -> Function:
    return Function(message.text(1), attributes(message, 2))


def _list(value: Message) -> tuple[Any, ...]:
    for number, decode in _MANY.items():
        if value.has(number):
            return tuple(decode(value))
    return ()


_ONE: dict[int, Callable[[Message], Any]] = {
    _BYTES: lambda value: bytes(value.data(_BYTES)),
    _INT: lambda value: value.integer(_INT),
    _FLOAT: lambda value: value.real(_FLOAT),
    _BOOL: lambda value: value.boolean(_BOOL),
    _TYPE: lambda value: dtype_name(value.integer(_TYPE)),
    _SHAPE: lambda value: shape_of(value.message(_SHAPE)),
    _TENSOR: lambda value: tensor_of(value.message(_TENSOR)),
    _FUNC: lambda value: _function(value.message(_FUNC)),
}
_MANY: dict[int, Callable[[Message], Any]] = {
    _BYTES: lambda value: (bytes(each) for each in value.datas(_BYTES)),
    _INT: lambda value: value.integers(_INT).tolist(),
    _FLOAT: lambda value: value.numbers(_FLOAT, "<f4").tolist(),
    _BOOL: lambda value: (bool(each) for each in value.integers(_BOOL)),
    _TYPE: lambda value: (dtype_name(int(each)) for each in value.integers(_TYPE)),
    _SHAPE: lambda value: (shape_of(each) for each in value.messages(_SHAPE)),
    _TENSOR: lambda value: (tensor_of(each) for each in value.messages(_TENSOR)),
    _FUNCS: lambda value: (_function(each) for each in value.messages(_FUNCS)),
}
