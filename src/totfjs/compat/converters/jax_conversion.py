"""`tensorflowjs.converters.jax_conversion`: a JAX function and its parameters as a graph model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.compat.options import graph_request
from totfjs.compat.request import perform
from totfjs.conversion import Result
from totfjs.errors import UsageError


def convert_jax(
    apply_fn: Callable[..., Any],
    params: Any,
    *,
    input_signatures: Sequence[Any],
    model_dir: str | Path,
    polymorphic_shapes: Sequence[Any] | None = None,
    **tfjs_converter_params: Any,
) -> Result:
    """Convert `apply_fn(params, *inputs)`; a signature has `shape` and `dtype`, or is `(shape, dtype)`.

    `polymorphic_shapes` names the dynamic dims of each input, as in `"(b, 28, 28, 1)"`; a first dim of None is `b`.
    """
    shapes = [None] * len(input_signatures) if polymorphic_shapes is None else list(polymorphic_shapes)
    if len(shapes) != len(input_signatures):
        raise UsageError(
            f"{len(input_signatures)} inputs have {len(shapes)} polymorphic_shapes.",
            remedy="Give one for each input, None where nothing is dynamic.",
        )
    names = _names(apply_fn, len(input_signatures))
    described = [_described(name, *item) for name, *item in zip(names, input_signatures, shapes, strict=True)]
    request = graph_request(apply_fn, model_dir, "python", **tfjs_converter_params)
    return perform(request, inputs=dict(zip(names, described, strict=True)), weights=params)


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the function's own arguments after the parameters, where it has as many."""
    try:
        arguments = list(inspect.signature(function).parameters.values())[1 : count + 1]
    except (TypeError, ValueError):
        arguments = []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if len(arguments) == count and all(argument.kind in positional for argument in arguments):
        return [argument.name for argument in arguments]
    return ["input"] if count == 1 else [f"input_{index}" for index in range(count)]


def _described(name: str, signature: Any, dims: Any) -> Any:
    """An input as `convert` takes it."""
    if hasattr(signature, "shape") and hasattr(signature, "dtype"):
        return _text(name, signature.shape, signature.dtype, dims)
    if isinstance(signature, Mapping):
        inner = dims if isinstance(dims, Mapping) else {}
        return {key: _described(f"{name}.{key}", item, inner.get(key)) for key, item in signature.items()}
    if not isinstance(signature, list | tuple):
        raise _unlike(name, signature)
    if _is_pair(signature):
        return _text(name, signature[0], signature[1], dims)
    parts = dims if isinstance(dims, list | tuple) else [None] * len(signature)
    found = [_described(f"{name}.{at}", item, parts[at]) for at, item in enumerate(signature)]
    return found if isinstance(signature, list) else tuple(found)


def _is_pair(signature: Sequence[Any]) -> bool:
    """Whether this is `(shape, dtype)`."""
    if len(signature) != 2 or not isinstance(signature[0], list | tuple):
        return False
    return all(size is None or isinstance(size, int | str | np.integer) for size in signature[0]) and not isinstance(
        signature[1], list | tuple | Mapping
    )


def _text(name: str, shape: Any, dtype: Any, dims: Any) -> str:
    """`float32[b,28,28,1]`."""
    sizes = [None if size is None else str(size) for size in _sizes(name, shape)]
    named = _dims(name, dims, sizes)
    return f"{np.dtype(getattr(dtype, 'as_numpy_dtype', dtype)).name}[{','.join(named)}]"


def _sizes(name: str, shape: Any) -> Sequence[Any]:
    try:
        return list(shape)
    except (TypeError, ValueError) as error:
        raise _unlike(name, shape) from error


def _dims(name: str, dims: Any, sizes: Sequence[str | None]) -> list[str]:
    """The dims of an input: what is said of them, else their sizes, else names of their own."""
    said = _said(dims)
    if "..." in said:
        at = said.index("...")
        said = [*said[:at], *["_"] * (len(sizes) - len(said) + 1), *said[at + 1 :]]
    said = said or ["_"] * len(sizes)
    if len(said) != len(sizes):
        raise UsageError(
            f"Input {name} has {len(sizes)} dims, and its polymorphic shape {dims!r} {len(said)}.",
            remedy="Write a name or _ for each dim.",
            place=name,
        )
    word = "".join(letter if letter.isalnum() else "_" for letter in name)
    own = ["b" if axis == 0 else f"{word}_{axis}" for axis in range(len(sizes))]
    return [(size or default) if dim in ("_", "") else dim for dim, size, default in zip(said, sizes, own, strict=True)]


def _said(dims: Any) -> list[str]:
    """`"(b, _, ...)"` in parts."""
    if dims is None:
        return []
    if not isinstance(dims, str):
        return ["..." if dim is ... else str("_" if dim is None else dim) for dim in dims]
    text = dims.strip()
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return [part.strip() for part in inner.rstrip(", ").split(",")] if inner.strip() else []


def _unlike(name: str, signature: Any) -> UsageError:
    return UsageError(
        f"The signature {signature!r} has no shape and dtype.",
        remedy="Give jax.ShapeDtypeStruct((1, 28, 28, 1), jnp.float32), or (shape, dtype).",
        place=name,
    )
