"""Inputs of an exported function: those it was exported for, or the user's names and dims in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jax import export

from totfjs.errors import InputSpecError
from totfjs.sources.jax._compat import constraints, dim_scope
from totfjs.sources.jax.inputs import Leaf, leaves, read_inputs
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.arguments import Flat


@dataclass(frozen=True)
class Bound:
    """The inputs as leaves, and the abstract values that the function is traced with."""

    leaves: tuple[Leaf, ...]
    structs: tuple[Any, ...]


def bind(flats: Sequence[Flat], inputs: Mapping[str, Any] | None) -> Bound:
    """The inputs by the user's description; without one, as they were exported."""
    flats = _symbolic(flats)
    described = {flat.name: jax.ShapeDtypeStruct(flat.shape, _dtype(flat.dtype)) for flat in flats}
    own = [leaf for tree in read_inputs(described).values() for leaf in leaves(tree)]
    if inputs is None:
        return Bound(tuple(own), tuple(map(_struct, own, (flat.shape for flat in flats))))
    given = [leaf for tree in read_inputs(_with_dtypes(flats, inputs)).values() for leaf in leaves(tree)]
    _check(flats, own, given)
    shapes = _shapes(flats, given)
    described = {
        leaf.name: jax.ShapeDtypeStruct(shape, np.dtype(leaf.dtype)) for leaf, shape in zip(given, shapes, strict=True)
    }
    read = [leaf for tree in read_inputs(described).values() for leaf in leaves(tree)]
    found = [replace(leaf, written=asked.written) for leaf, asked in zip(read, given, strict=True)]
    return Bound(tuple(found), tuple(map(_struct, found, shapes)))


def _dtype(name: str) -> Any:
    from totfjs.sources.stablehlo.types import numpy_dtype

    return numpy_dtype(name)


def _struct(leaf: Leaf, shape: Any) -> Any:
    return jax.ShapeDtypeStruct(tuple(shape), _dtype(leaf.dtype))


def _symbolic(flats: Sequence[Flat]) -> list[Flat]:
    """Dims that are text as symbols of one scope."""
    scope = export.SymbolicScope()
    return [
        Flat(flat.argument, flat.path, flat.dtype,
             tuple(_symbol(size, scope) for size in flat.shape), flat.kept)
        for flat in flats
    ]  # fmt: skip


def _symbol(size: Any, scope: Any) -> Any:
    return export.symbolic_shape(size, scope=scope)[0] if isinstance(size, str) else size


def _with_dtypes(flats: Sequence[Flat], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Descriptions without a dtype get that of the function."""
    if len(inputs) != len(flats):
        return dict(inputs)
    found = {}
    for flat, (name, spec) in zip(flats, inputs.items(), strict=True):
        if isinstance(spec, tuple | list) and all(isinstance(dim, int | str) for dim in spec):
            spec = f"{flat.dtype}[{','.join(map(str, spec))}]"
        elif isinstance(spec, str) and spec.lstrip().startswith("["):
            spec = f"{flat.dtype}{spec}"
        found[name] = spec
    return found


def _check(flats: Sequence[Flat], own: Sequence[Leaf], given: Sequence[Leaf]) -> None:
    if len(flats) != len(given):
        wanted = ", ".join(f"{leaf.name}: {leaf.asked}[{','.join(map(str, leaf.shape))}]" for leaf in own)
        raise InputSpecError(
            f"The exported function takes {len(flats)} inputs ({wanted}), not {len(given)}.",
            remedy="Describe each of them, in their order, or leave the description out.",
        )
    for flat, mine, leaf in zip(flats, own, given, strict=True):
        if leaf.dtype != mine.dtype or len(leaf.shape) != len(flat.shape):
            raise InputSpecError(
                f"Input {leaf.name!r} is described as {leaf.asked} of rank {len(leaf.shape)}; "
                f"the function was exported for {flat.dtype} of rank {len(flat.shape)}.",
                remedy="Describe it as it was exported, or leave the description out.",
                place=leaf.name,
            )


def _shapes(flats: Sequence[Flat], given: Sequence[Leaf]) -> list[tuple[Any, ...]]:
    """The exported dims with the user's sizes and names for their symbols."""
    sizes = [(flat, leaf, *pair) for flat, leaf in zip(flats, given, strict=True)
             for pair in zip(flat.shape, leaf.shape, strict=True)]  # fmt: skip
    chosen: dict[str, Any] = {}
    for _, _, size, wanted in sizes:
        symbols = _compat.symbols_of(size)
        if len(symbols) == 1 and str(size) == symbols[0]:
            chosen.setdefault(symbols[0], wanted)
    for _, leaf, _, wanted in sizes:
        if wanted in chosen.values() and not str(wanted).isidentifier() and not isinstance(wanted, int):
            raise InputSpecError(
                f"Input {leaf.name!r} is described with the dim {wanted}, which is neither a name nor a number.",
                remedy="Give this dim a name or a size.",
                place=leaf.name,
            )
    bound = _scoped(flats, chosen, [str(limit) for leaf in given for limit in leaf.limits])
    shapes = [tuple(_compat.substituted(size, bound) for size in flat.shape) for flat in flats]
    found = [size for shape in shapes for size in shape]
    for (_, leaf, size, wanted), result in zip(sizes, found, strict=True):
        named = str(wanted) in (str(size), str(result))
        if not named and not (isinstance(wanted, int) and isinstance(result, int) and wanted == result):
            raise InputSpecError(
                f"Input {leaf.name!r} is described with a dim {wanted} where the function was exported for {size}.",
                remedy="Give this dim as it was exported; only dims that were exported with a name can be chosen.",
                place=leaf.name,
            )
    return shapes


def _scoped(flats: Sequence[Flat], chosen: Mapping[str, Any], limits: Sequence[str]) -> dict[str, Any]:
    """A size for each symbol, known or in a new scope that has the constraints of the old one and the user's limits."""
    dims = [size for flat in flats for size in flat.shape]
    symbols = {symbol for dim in dims for symbol in _compat.symbols_of(dim)}
    texts = {symbol: str(chosen.get(symbol, symbol)) for symbol in symbols}
    scope = export.SymbolicScope((*_renamed(constraints(dim_scope(dims)), texts), *limits))
    return {
        symbol: int(text) if text.isdigit() else export.symbolic_shape(text, scope=scope)[0]
        for symbol, text in texts.items()
    }


def _renamed(constraints: Sequence[str], texts: Mapping[str, str]) -> list[str]:
    """Constraints with the user's names; those about numbers alone are left to the checks of the module."""
    found = [re.sub(r"[A-Za-z_]\w*", lambda word: texts.get(word[0], word[0]), text) for text in constraints]
    return [text for text in found if set(re.findall(r"[A-Za-z_]\w*", text)) - {"mod", "floordiv", "max", "min"}]
