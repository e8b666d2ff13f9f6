"""Nodes of tf.keras 2.0 to 2.3 that hold an op of TensorFlow as it stands in its graphs."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError, vocabulary
from totfjs.graph.types import DType
from totfjs.sources.keras.operations.binding import arguments, as_tensor, tensors_in
from totfjs.sources.keras.use import Use

_TYPES = {"DT_FLOAT": DType.FLOAT32, "DT_INT32": DType.INT32, "DT_BOOL": DType.BOOL, "DT_INT64": DType.INT32,
          "DT_HALF": DType.FLOAT32, "DT_DOUBLE": DType.FLOAT32, "DT_STRING": DType.STRING}  # fmt: skip


def raw_node(use: Use) -> Any:
    """An op with its constants in their places among the tensors."""
    definition = use.config.get("node_def")
    definition = json.loads(definition) if isinstance(definition, str) else definition
    if not isinstance(definition, Mapping) or "op" not in definition:
        raise OpError("its node_def is not there")
    args, _ = arguments(use)
    operands = _operands(use, definition, list(tensors_in(args)))
    found = vocabulary().get(str(definition["op"]))
    if found is None or not found.pure:
        raise OpError(f"the op {definition['op']} is none that TensorFlow.js has")
    attrs = {name: _attr(value) for name, value in definition.get("attr", {}).items()}
    results = use.builder.ops(found.name, *operands, **{name: attrs[name] for name in attrs if _is_told(name, attrs)})
    return results[0] if len(results) == 1 else list(results)


def _operands(use: Use, definition: Mapping[str, Any], tensors: list[Tensor]) -> list[Tensor]:
    constants = {int(index): value for index, value in (use.config.get("constants") or {}).items()}
    count = len(definition.get("input", ())) or len(constants) + len(tensors)
    rest = iter(tensors)
    return [as_tensor(use.builder, np.asarray(constants[index])) if index in constants else next(rest)
            for index in range(count)]  # fmt: skip


def _is_told(name: str, attrs: Mapping[str, Any]) -> bool:
    """Types of operands are those of the tensors; what is private was said to TensorFlow alone."""
    return not name.startswith("_") and (not isinstance(attrs[name], DType) or name == "DstT")


def _attr(value: Mapping[str, Any]) -> Any:
    match value:
        case {"type": str(name)}:
            if name not in _TYPES:
                raise OpError(f"{name} is none of TensorFlow.js' dtypes")
            return _TYPES[name]
        case {"i": number}:
            return int(number)
        case {"f": number}:
            return float(number)
        case {"b": flag}:
            return bool(flag)
        case {"s": text}:
            return b64decode(text).decode()
        case {"list": {} as items}:
            return tuple(_attr({kind: item}) for kind, found in items.items() for item in found)
    raise OpError(f"an attribute {value!r} is not understood")
