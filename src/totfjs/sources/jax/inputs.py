"""Reads what the user says about inputs: `("b", 28, 28, 1)`, `"float32[b,28,28,1]"`, a struct, or an example array.

Dims given as strings are dynamic: `b`, `32*h`, `t>=4`. All inputs share one scope of symbols.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from totfjs.errors import InputSpecError
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.limits import AtLeast, read_known, read_limited
from totfjs.graph.types import TensorType
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import check_input, fed_names, input_note, join
from totfjs.sources.jax.equation import Aval, parts_of_aval

_TEXT = re.compile(r"\s*([A-Za-z_]\w*)?\s*(?:\[(.*)\])?\s*", re.DOTALL)
# A tree of leaves with the structure of an argument: a Leaf, or containers of them.
Tree: TypeAlias = Any


@dataclass(frozen=True)
class Leaf:
    """One array that the user feeds: its name, the dtype it has in JAX, its dims, the dtype that was asked for.

    `limits` are what is known of its dims, which `written` has as the user wrote them.
    """

    name: str
    dtype: str
    shape: Shape
    asked: str
    limits: tuple[AtLeast, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """How the user may describe it: its dtype, and its dims as they were written."""
        return f"{self.asked}[{','.join(self.written)}]"

    @property
    def aval(self) -> Aval:
        """Its type in JAX."""
        return Aval(self.dtype, self.shape)

    @property
    def fed(self) -> dict[str, TensorType]:
        """What is fed for it: itself, or both parts of complex numbers."""
        kinds = (TensorType(part.graph_dtype, part.shape) for part in parts_of_aval(self.aval))
        return dict(zip(fed_names(self.name, self.dtype), kinds, strict=True))

    @property
    def note(self) -> str | None:
        """What the user should know about its dtype."""
        return input_note(self.name, self.asked)


def read_inputs(inputs: Mapping[str, Any]) -> dict[str, Tree]:
    """For each argument, by the user's name, its leaves."""
    return {name: _read(name, spec) for name, spec in inputs.items()}


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The leaves of an argument, in the order in which JAX flattens it."""
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Mapping):
        for key in sorted(tree):
            yield from leaves(tree[key])
    else:
        for item in tree:
            yield from leaves(item)


def mapped(function: Callable[[Leaf], Any], tree: Tree) -> Any:
    """An argument with something else for each of its leaves."""
    import jax

    return jax.tree.map(function, tree, is_leaf=lambda node: isinstance(node, Leaf))


def abstract(trees: Sequence[Tree]) -> list[Any]:
    """The arguments as JAX's abstract values; equal symbols are the same dim in all of them."""
    import jax
    from jax import export

    limits = dict.fromkeys(str(limit) for tree in trees for leaf in leaves(tree) for limit in leaf.limits)
    scope = export.SymbolicScope(tuple(limits))

    def size(dim: Size) -> Any:
        return dim if isinstance(dim, int) else export.symbolic_shape(str(dim), scope=scope)[0]

    def struct(leaf: Leaf) -> Any:
        return jax.ShapeDtypeStruct(tuple(map(size, leaf.shape)), np.dtype(leaf.dtype))

    return [mapped(struct, tree) for tree in trees]


def _read(name: str, spec: Any) -> Tree:
    if isinstance(spec, str):
        return _from_text(name, spec)
    if isinstance(spec, Mapping):
        return {key: _read(f"{name}.{key}", item) for key, item in spec.items()}
    if hasattr(spec, "shape") and hasattr(spec, "dtype"):
        return _leaf(name, str(np.dtype(spec.dtype).name), spec.shape)
    if isinstance(spec, list | tuple) and all(isinstance(dim, int | np.integer | Dim) or _is_dim(dim) for dim in spec):
        return _leaf(name, "float32", spec)
    if isinstance(spec, list | tuple):
        return type(spec)(_read(f"{name}.{index}", item) for index, item in enumerate(spec))
    raise InputSpecError(
        f"Input {name!r} is described by {spec!r}, which is not a shape.",
        remedy=f'Write dims as inputs={{"{name}": ("b", 28, 28, 1)}} or "float32[b,28,28,1]".',
        place=name,
    )


def _is_dim(dim: Any) -> bool:
    return (isinstance(dim, str) and "[" not in dim) or type(dim).__name__ == "_DimExpr"


def _from_text(name: str, text: str) -> Leaf:
    found = _TEXT.fullmatch(text)
    if not found or found[2] is None:
        raise InputSpecError(
            f"Input {name!r} is described by {text!r}.",
            remedy='Write dtype and dims as "float32[b,28,28,1]".',
            place=name,
        )
    dims = _split(found[2]) if found[2].strip() else []
    return _leaf(name, found[1] or "float32", dims)


def _split(text: str) -> list[str]:
    """Splits at the commas outside parentheses."""
    return [part for part in re.split(r",(?![^()]*\))", text) if part.strip()]


def _leaf(name: str, dtype: str, dims: Sequence[Any]) -> Leaf:
    read = [_size(name, dim) for dim in dims]
    limits = (*(limit for _, found in read for limit in found), *_of_scope(dims))
    written = tuple("".join(str(dim).split()) for dim in dims)
    return Leaf(name, check_input(name, dtype), tuple(size for size, _ in read), dtype, limits, written)


def _of_scope(dims: Sequence[Any]) -> Iterator[AtLeast]:
    """What the scope of JAX's own symbolic dims says of them; a symbol that equals a dim is not in any dim."""
    for text in _compat.constraints(_compat.dim_scope(dims)):
        if not text.partition("==")[0].strip().isidentifier() or "==" not in text:
            yield from read_known(text)


def _size(name: str, dim: Any) -> tuple[Size, tuple[AtLeast, ...]]:
    if isinstance(dim, int | np.integer) and not isinstance(dim, bool) and dim >= 0:
        return int(dim), ()
    if isinstance(dim, Dim):
        return dim, ()
    try:
        size, limits = read_limited(str(dim).replace("^", "**"))
    except (ValueError, AttributeError) as error:
        raise _bad_dim(name, dim) from error
    if isinstance(size, int) and size < 0:
        raise _bad_dim(name, dim)
    return size, limits


def _bad_dim(name: str, dim: Any) -> InputSpecError:
    return InputSpecError(
        f"Input {name!r} has the dim {dim!r}, which is neither a size nor a name.",
        remedy='Write sizes as numbers and dynamic dims as names, such as ("b", 28, 28, 1).',
        place=name,
    )


def filled(trees: Sequence[Tree], arrays: Mapping[str, np.ndarray]) -> list[Any]:
    """The arguments with the arrays that the user feeds, in the dtypes of JAX."""
    import jax

    def array(leaf: Leaf) -> Any:
        given = [np.asarray(arrays[name]) for name in leaf.fed]
        return jax.numpy.asarray(join(given, leaf.dtype))

    return [jax.tree.map(array, tree, is_leaf=lambda node: isinstance(node, Leaf)) for tree in trees]
