"""Lookup tables. A table is a handle; filling one gives the handle that lookups have to read.

The tables of a model live as long as it does. Functions (branches, loop bodies) do not see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    F32,
    I32,
    STRING,
    Attr,
    Call,
    DType,
    Input,
    Limit,
    OpSpec,
    TensorType,
    element_type,
)

NOT_WIRED: dict[str, str] = {}

_HANDLE = TensorType(DType.RESOURCE, ())
_TABLE = Input("table_handle", frozenset((DType.RESOURCE,)))
_KEYS, _VALUES = frozenset((STRING, I32)), frozenset((STRING, I32, F32, BOOL))


@dataclass(frozen=True, slots=True)
class Table:
    """What a hash table holds, by key."""

    content: Mapping[Any, Any] = field(default_factory=dict)


def _key(item: Any) -> Any:
    return item.encode() if isinstance(item, str) else item


def _import(table: Table, keys: np.ndarray, values: np.ndarray, **_: Any) -> Table:
    return Table(dict(zip(map(_key, keys.tolist()), values.tolist(), strict=True)))


def _find(table: Table, keys: np.ndarray, default: np.ndarray, **_: Any) -> np.ndarray:
    found = np.empty(keys.size, default.dtype)
    found[:] = [table.content.get(_key(key), default.item()) for key in keys.reshape(-1).tolist()]
    return found.reshape(keys.shape)


def _import_type(call: Call) -> TensorType:
    if call.rank(1) != 1 or call.shape(1) != call.shape(2):
        raise ValueError("keys and values have to be vectors of one length")
    return _HANDLE


def _find_type(call: Call) -> TensorType:
    if call.rank(2):
        raise ValueError("the default has to be a scalar")
    return TensorType(call.dtype(2), call.shape(1))


def _table(name: str) -> OpSpec:
    attrs = (
        Attr("container", "string", ""),
        Attr("shared_name", "string", ""),
        Attr("use_node_name_sharing", "bool", False),
        Attr("key_dtype", "type", choices=tuple(sorted(_KEYS))),
        Attr("value_dtype", "type", choices=tuple(sorted(_VALUES))),
    )
    return _spec(name, (), lambda call: _HANDLE, lambda **_: Table(), attrs)


def _filling(name: str, keys: str, values: str) -> OpSpec:
    """In TensorFlow these have no output; the runtime gives the handle, which puts lookups after the filling."""
    attrs = (Attr(keys, "type", element_type(1)), Attr(values, "type", element_type(2)))
    inputs = (_TABLE, Input("keys", _KEYS), Input("values", _VALUES))
    return _spec(name, inputs, _import_type, _import, attrs)


def _lookup(name: str) -> OpSpec:
    attrs = (Attr("Tin", "type", element_type(1)), Attr("Tout", "type", element_type(2)))
    inputs = (_TABLE, Input("keys", _KEYS), Input("default_value", _VALUES))
    flat = Limit(BACKENDS, "wrong", "the result is a vector whatever the keys are", lambda call: call.rank(1) != 1)
    empty = Limit(BACKENDS, "throws", "there has to be a key", lambda call: 0 in call.shape(1))
    return _spec(name, inputs, _find_type, _find, attrs, flat, empty)


def _size(name: str) -> OpSpec:
    return _spec(
        name, (_TABLE,), lambda call: TensorType(I32, ()), lambda table: np.array(len(table.content), np.int32)
    )


def _spec(
    name: str, inputs: tuple[Input, ...], rule: Any, meaning: Any, attrs: tuple[Attr, ...] = (), *limits: Limit
) -> OpSpec:
    return OpSpec(
        name, inputs, rule, meaning, attrs, limits, category="hash_table", pure=False, asynchronous=True,
        note="functions do not see the tables of the model",
    )  # fmt: skip


OPS: tuple[OpSpec, ...] = (
    _table("HashTable"),
    _table("HashTableV2"),
    _filling("InitializeTable", "Tkey", "Tval"),
    _filling("InitializeTableV2", "Tkey", "Tval"),
    _filling("LookupTableImport", "Tin", "Tout"),
    _filling("LookupTableImportV2", "Tin", "Tout"),
    _lookup("LookupTableFind"),
    _lookup("LookupTableFindV2"),
    _size("LookupTableSize"),
    _size("LookupTableSizeV2"),
)
