"""The inputs of a Keras model: its own names, dtypes and dims, or what the user says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from totfjs.errors import InputSpecError
from totfjs.graph import dims
from totfjs.graph.dims import Size
from totfjs.graph.types import DType, TensorType
from totfjs.sources.keras.architecture import Layer, Model

_DTYPES = {
    **dict.fromkeys(("float32", "float16", "bfloat16", "float64"), DType.FLOAT32),
    **dict.fromkeys(("int32", "int64", "int16", "int8", "uint8", "uint16", "uint32"), DType.INT32),
    "bool": DType.BOOL,
    "string": DType.STRING,
}


def inputs_of(model: Model, given: Mapping[str, Any] | None) -> dict[str, TensorType]:
    """The inputs in the model's order; `given` are dims by name, which replace the model's own."""
    own = {ref.layer: model.layer(ref.layer) for ref in model.input_refs}
    if given is not None and len(given) != len(own):
        raise InputSpecError(
            f"{model.name} takes {len(own)} input{'' if len(own) == 1 else 's'} ({', '.join(own)}), "
            f"not {len(given)} ({', '.join(given)}).",
            remedy="Describe each input of the model, in its order or under its names; or leave all of them out.",
            place=model.name,
        )
    if given is None:
        return {name: _own_type(layer) for name, layer in own.items()}
    strangers = [name for name in given if name not in own]
    if strangers and len(strangers) < len(own):
        raise InputSpecError(
            f"{model.name} has the inputs {', '.join(own)}, and none called {', '.join(strangers)}.",
            remedy="Give all inputs under the model's names, or all under names of your own, in its order.",
            place=model.name,
        )
    names = list(given) if strangers else list(own)
    return {name: _described(name, given[name], layer) for name, layer in zip(names, own.values(), strict=True)}


def notes_of(model: Model) -> list[str]:
    """What the user should know of the inputs' dtypes."""
    named = {ref.layer: dtype_of(model.layer(ref.layer)) for ref in model.input_refs}
    return [f"Input {name}: {dtype} is fed as {_DTYPES[dtype].value}."
            for name, dtype in named.items() if dtype in _DTYPES and dtype != _DTYPES[dtype].value]  # fmt: skip


def dtype_of(layer: Layer) -> str:
    """The dtype that an input layer asks for."""
    dtype = layer.config.get("dtype")
    if isinstance(dtype, Mapping):
        dtype = (dtype.get("config") or {}).get("name")
    return str(dtype or "float32")


def _own_type(layer: Layer) -> TensorType:
    shape = layer.config.get("batch_shape")
    if not isinstance(shape, list | tuple):
        raise InputSpecError(
            f"The model does not say the shape of its input {layer.name}.",
            remedy=f'Describe it, as in --input "{layer.name}:float32[b,28,28,1]".',
            place=layer.name,
        )
    return TensorType(_dtype(layer), tuple(_size(layer.name, axis, size) for axis, size in enumerate(shape)))


def _dtype(layer: Layer) -> DType:
    dtype = dtype_of(layer)
    if dtype not in _DTYPES:
        raise InputSpecError(
            f"Input {layer.name!r} has the dtype {dtype}, which TensorFlow.js does not have.",
            remedy="Build the model with inputs of float32, int32, bool or string.",
            place=layer.name,
        )
    return _DTYPES[dtype]


def _size(name: str, axis: int, size: Any) -> Size:
    if size is None:
        word = "".join(letter if letter.isalnum() else "_" for letter in name)
        return dims.symbol("b" if axis == 0 else f"{word}_{axis}")
    return int(size)


def _described(name: str, spec: Any, layer: Layer) -> TensorType:
    """What the user says of an input; its dtype is the model's."""
    sizes = _sizes(name, spec)
    own = layer.config.get("batch_shape")
    if isinstance(own, list | tuple) and not _fits(sizes, own):
        shown = ", ".join("?" if size is None else str(size) for size in own)
        raise InputSpecError(
            f"Input {name!r} is described by {spec!r}; the model takes [{shown}].",
            remedy="Give dims that fit the model, or leave --input out.",
            place=name,
        )
    return TensorType(_dtype(layer), sizes)


def _fits(sizes: Sequence[Size], own: Sequence[Any]) -> bool:
    return len(sizes) == len(own) and all(
        fixed is None or size == fixed for size, fixed in zip(sizes, own, strict=True)
    )


def _sizes(name: str, spec: Any) -> tuple[Size, ...]:
    if isinstance(spec, str):
        spec = spec.partition("[")[2].removesuffix("]").split(",")
    if hasattr(spec, "shape"):
        spec = spec.shape
    try:
        return tuple(dims.parse(str(size).strip()) for size in spec if str(size).strip())
    except (TypeError, ValueError, SyntaxError) as error:
        raise InputSpecError(
            f"Input {name!r} is described by {spec!r}, which is not a shape.",
            remedy='Write dtype and dims as "float32[b,28,28,1]".',
            place=name,
        ) from error
