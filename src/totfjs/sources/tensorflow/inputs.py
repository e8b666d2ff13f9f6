"""The inputs of a signature as those of a web model: the dtypes that the page feeds, and names for unknown dims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from totfjs.errors import InputSpecError
from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType, TensorType
from totfjs.sources.tensorflow.dtypes import COMPLEX, graph_dtype
from totfjs.sources.tensorflow.lower import parts_of
from totfjs.sources.tensorflow.saved import Port, Saved, Signature

BATCH = "b"
_LARGEST = 2**31 - 1


def inputs_of(saved: Saved, signature: Signature, given: Mapping[str, Any] | None = None) -> dict[str, TensorType]:
    """The inputs by name, in the order of the signature; complex ones in two parts. `given` replaces unknown dims."""
    found: dict[str, TensorType] = {}
    specs = _specs(signature, given or {})
    alone = saved.batched or len(signature.inputs) == 1
    for name, port in signature.inputs.items():
        shape = _described(name, specs[name], port) if name in specs else _own(name, port, alone)
        dtype = _dtype(name, port)
        if any(isinstance(size, int) and size > _LARGEST for size in shape):
            raise InputSpecError(
                f"The input {name} has a dim of {max(size for size in shape if isinstance(size, int))}.",
                remedy=f"Give dims up to {_LARGEST}.",
                place=name,
            )
        for part in parts_of(name) if port.dtype in COMPLEX else (name,):
            found[part] = TensorType(dtype, shape)
    return found


def notes_of(signature: Signature) -> Iterator[str]:
    """What the user should know of the dtypes of inputs and outputs."""
    for what, verb, ports in (("input", "feed", signature.inputs), ("output", "it gives", signature.outputs)):
        for name, port in ports.items():
            dtype = None if port.dtype in ("", *COMPLEX) else graph_dtype(port.dtype).value
            if dtype not in (None, port.dtype):
                yield f"The {what} {name} is {port.dtype} in TensorFlow; {verb} {dtype}."
            elif port.dtype in COMPLEX:
                yield f"The {what} {name} is complex; {verb} {' and '.join(parts_of(name))}."


def _specs(signature: Signature, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the user says of each input, by its name; parts of complex inputs speak for the whole."""
    names = {part: name for name, port in signature.inputs.items() for part in _names(name, port)}
    if strangers := [name for name in given if name not in names]:
        raise InputSpecError(
            f"The signature {signature.name} has the inputs {', '.join(signature.inputs) or '(none)'}, "
            f"and none called {', '.join(strangers)}.",
            remedy="Describe inputs under the names of the signature, or leave --input out.",
            place=signature.name,
        )
    return {names[name]: spec for name, spec in given.items()}


def _names(name: str, port: Port) -> tuple[str, ...]:
    return (name, *parts_of(name)) if port.dtype in COMPLEX else (name,)


def _dtype(name: str, port: Port) -> DType:
    try:
        return DType.FLOAT32 if port.dtype in COMPLEX else graph_dtype(port.dtype)
    except OpError as error:
        raise InputSpecError(
            f"The input {name} is of {port.dtype}, which cannot be fed to a web model.",
            remedy="Save the model with a signature whose inputs are numbers, bools or strings.",
            place=name,
        ) from error


def _own(name: str, port: Port, alone: bool) -> Shape:
    if port.shape is None:
        raise InputSpecError(
            f"The file does not say how many dims the input {name} has.",
            remedy=f'Say it, as in --input "{name}:{port.dtype}[b,224,224,3]".',
            place=name,
        )
    return tuple(_size(name, axis, size, alone) for axis, size in enumerate(port.shape))


def _size(name: str, axis: int, size: int | None, alone: bool) -> Size:
    if size is not None:
        return size
    word = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name).lstrip("_0123456789")
    return dims.symbol(BATCH if axis == 0 and alone else f"{word or 'input'}_{axis}")


def _described(name: str, spec: Any, port: Port) -> Shape:
    """What the user says of an input, which has to fit what the file says."""
    dtype, sizes = _read(name, spec)
    fits = port.shape is None or (
        len(sizes) == len(port.shape)
        and all(own is None or own == size for own, size in zip(port.shape, sizes, strict=True))
    )
    if not fits or dtype not in ("", port.dtype, _dtype(name, port).value):
        shown = "?" if port.shape is None else ", ".join("?" if size is None else str(size) for size in port.shape)
        raise InputSpecError(
            f"The input {name} is described by {spec!r}; the file has {port.dtype}[{shown}].",
            remedy="Give its dtype, and dims that fit it, or leave --input out.",
            place=name,
        )
    return sizes


def _read(name: str, spec: Any) -> tuple[str, tuple[Size, ...]]:
    """The dtype, if there is one, and the dims of a description."""
    dtype, listed = "", spec
    if isinstance(spec, str):
        dtype, _, rest = spec.partition("[")
        listed = rest.removesuffix("]").split(",")
    elif hasattr(spec, "shape"):
        dtype, listed = str(getattr(spec, "dtype", "")), spec.shape
    try:
        return dtype.strip(), _sizes(listed)
    except (TypeError, ValueError, SyntaxError) as error:
        raise InputSpecError(
            f"Input {name!r} is described by {spec!r}, which is not a shape.",
            remedy='Write dtype and dims as "float32[b,28,28,1]".',
            place=name,
        ) from error


def _sizes(listed: Sequence[Any]) -> tuple[Size, ...]:
    return tuple(dims.parse(str(size).strip()) for size in listed if str(size).strip())
