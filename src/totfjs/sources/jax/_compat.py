"""The names of JAX that are not public or not the same from 0.6 on: all of them, and nowhere else."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

# Sub-jaxprs that stand for their own content, by primitive: the parameters under which versions of JAX keep them.
INLINED: dict[str, tuple[str, ...]] = {
    "jit": ("jaxpr",),
    "pjit": ("jaxpr",),
    "closed_call": ("call_jaxpr",),
    "core_call": ("call_jaxpr",),
    "call": ("call_jaxpr",),
    "remat": ("jaxpr",),
    "remat2": ("jaxpr",),
    "checkpoint": ("jaxpr",),
    "custom_jvp_call": ("call_jaxpr",),
    "custom_vjp_call": ("call_jaxpr", "fun_jaxpr"),
    "custom_vjp_call_jaxpr": ("fun_jaxpr", "call_jaxpr"),
    "composite": ("jaxpr",),
    "custom_vmap_call": ("call",),
    "custom_lin": ("jaxpr",),
}
# How XLA compiles what runs once or twice; and what runs once to be compared with, by its older emitters, which take a
# quarter of the time.
_QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
_QUICKEST = {**_QUICK, "xla_cpu_use_fusion_emitters": False}
# Directories of libraries whose lines are not the user's.
_LIBRARIES = ("jax", "jaxlib", "flax", "equinox", "haiku", "optax", "chex", "jaxtyping", "keras", "totfjs")


@contextlib.contextmanager
def thirty_two_bits() -> Iterator[None]:
    """JAX's 32-bit mode, whatever the user's configuration."""
    import jax

    mode: Any = getattr(jax, "enable_x64", None)
    if not callable(mode):
        mode = importlib.import_module("jax.experimental").enable_x64
    with mode(False):
        yield


def inner_jaxpr(name: str, params: dict[str, Any]) -> Any | None:
    """The closed jaxpr that an equation stands for, or None when it is an operation of its own."""
    import jax.extend.core as core

    for key in INLINED.get(name, ()):
        found = params.get(key)
        if found is not None:
            return found if isinstance(found, core.ClosedJaxpr) else core.ClosedJaxpr(found, ())
    return None


def jaxprs_in(params: dict[str, Any]) -> Iterator[Any]:
    """The jaxprs among the parameters of an equation."""
    import jax.extend.core as core

    for value in params.values():
        for item in value if isinstance(value, tuple | list) else (value,):
            if isinstance(item, core.ClosedJaxpr):
                yield item.jaxpr
            elif isinstance(item, core.Jaxpr):
                yield item


# Primitives on references to arrays, under their names in all versions.
_ON_REFERENCES = frozenset(
    ("get", "swap", "addupdate", "new_ref", "empty_ref", "mutable_array", "freeze", "ref", "run_state", "free_ref")
)
# Kernels work on references of their own.
_KERNELS = frozenset(("pallas_call", "core_map"))


def without_references(closed: Any) -> Any:
    """A closed jaxpr in which references to arrays have become values."""
    if not _has_references(closed.jaxpr):
        return closed
    import jax.extend.core as core
    from jax._src.state.discharge import discharge_state

    try:
        found = discharge_state(closed)
    except TypeError:  # until 0.9 it takes the parts
        found = discharge_state(closed.jaxpr, closed.consts)
    return found if isinstance(found, core.ClosedJaxpr) else core.ClosedJaxpr(*found)


def without_the_unused(closed: Any) -> Any:
    """A closed jaxpr of only what its outputs are made of, and what has effects. Its inputs stay."""
    from jax.interpreters.partial_eval import dce_jaxpr

    used, _ = dce_jaxpr(closed.jaxpr, [True] * len(closed.jaxpr.outvars), instantiate=True)
    return closed.replace(jaxpr=used)


def _has_references(jaxpr: Any) -> bool:
    return any(
        equation.primitive.name in _ON_REFERENCES
        or (equation.primitive.name not in _KERNELS and any(map(_has_references, jaxprs_in(equation.params))))
        for equation in jaxpr.eqns
    )


def is_literal(atom: Any) -> bool:
    """Whether an operand of an equation is a literal."""
    import jax.extend.core as core

    return isinstance(atom, core.Literal)


def jaxpr_as_function(closed: Any) -> Callable[..., Sequence[Any]]:
    """A closed jaxpr as a function of arrays."""
    import jax.extend.core as core

    return core.jaxpr_as_fun(closed)  # type: ignore[no-any-return]


def evaluate_equation(equation: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs of one equation on concrete operands."""
    with thirty_two_bits():
        results = _compiled(equation)(*operands)
    return tuple(results) if equation.primitive.multiple_results else (results,)


def bind(equation: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs of one equation, computed at once."""
    results = _bound(equation, operands)
    return tuple(results) if equation.primitive.multiple_results else (results,)


def _bound(equation: Any, operands: Sequence[Any]) -> Any:
    bound = equation.primitive.get_bind_params(equation.params)
    subfunctions, params = bound if isinstance(bound, tuple) else ((), bound)
    return equation.primitive.bind(*subfunctions, *operands, **params)


@lru_cache(maxsize=64)
def _compiled(equation: Any) -> Callable[..., Any]:
    """One equation as a function, compiled once for all turns of an unrolled loop."""
    import jax

    return jax.jit(lambda *values: _bound(equation, values), compiler_options=_QUICK)  # type: ignore[no-any-return]


def scope_of(equation: Any) -> str:
    """The module path of an equation, as its framework named it."""
    return str(equation.source_info.name_stack)


def place_of(equation: Any, caller: str = "") -> str:
    """`file:line` of the user's code that made an equation, or else `caller`, or the innermost frame of a library.

    The trace of an equation inside of `jax.jit` begins there: what called it is known to the caller only.
    """
    innermost = None
    for frame in _user_frames(equation.source_info):
        if not of_library(frame.file_name):
            return f"{frame.file_name}:{frame.start_line}"
        innermost = innermost or frame
    if caller or innermost is None:
        return caller
    return f"{innermost.file_name}:{innermost.start_line}"


def _user_frames(source_info: Any) -> Iterator[Any]:
    from jax._src import source_info_util

    if source_info.traceback is None:
        return
    try:
        yield from source_info_util.user_frames(source_info.traceback)
    except AttributeError:  # before 0.7 it takes what the traceback is part of
        yield from source_info_util.user_frames(source_info)


def is_key(aval: Any) -> bool:
    """Whether an abstract value holds random keys."""
    import jax

    return bool(jax.dtypes.issubdtype(aval.dtype, jax.dtypes.extended))


def key_words(dtype: Any) -> int | None:
    """How many uint32 words a random key of this dtype has, or None for dtypes that are no keys."""
    implementation = getattr(dtype, "_impl", None)
    return None if implementation is None else int(implementation.key_shape[0])


def has_keys(value: Any) -> bool:
    """Whether a value that is known holds random keys."""
    return key_words(getattr(value, "dtype", None)) is not None


def words_of_key(key: Any) -> Any:
    """The uint32 words of random keys, along a last axis."""
    import jax
    import numpy as np

    return np.asarray(jax.random.key_data(key))


def random_jaxpr(equation: Any) -> Any:
    """What an equation that computes with random keys makes of their words."""
    import jax

    name, params = equation.primitive.name, equation.params
    first, rest = equation.invars[0].aval, [atom.aval for atom in equation.invars[1:]]
    implementation = params["impl"] if name == "random_seed" else first.dtype._impl
    if name == "random_gamma":
        return _gamma_jaxpr(equation, implementation)
    function: Callable[..., Any] = {
        "random_seed": implementation.seed,
        "random_bits": lambda key: implementation.random_bits(key, params["bit_width"], params["shape"]),
        "random_split": lambda key: implementation.split(key, params["shape"]),
        "random_fold_in": implementation.fold_in,
    }[name]
    words = (
        first if name == "random_seed" else jax.ShapeDtypeStruct((*first.shape, *implementation.key_shape), "uint32")
    )
    with thirty_two_bits():
        return jax.make_jaxpr(_mapped(function, first.shape, [aval.shape for aval in rest]))(words, *rest)


def _gamma_jaxpr(equation: Any, implementation: Any) -> Any:
    """The rejection sampler, for all elements at once."""
    import jax

    def function(words: Any, shape: Any) -> Any:
        key = jax.random.wrap_key_data(words, impl=implementation.name)
        return equation.primitive.impl(key, shape, log_space=equation.params["log_space"], use_vmap=True)

    key, shape = (atom.aval for atom in equation.invars)
    words = jax.ShapeDtypeStruct((*key.shape, *implementation.key_shape), "uint32")
    with thirty_two_bits():
        return jax.make_jaxpr(function)(words, shape)


def _mapped(
    function: Callable[..., Any], shape: tuple[Any, ...], others: Sequence[tuple[Any, ...]]
) -> Callable[..., Any]:
    """A function of one key, and of a number, for arrays of them that broadcast."""
    import jax

    shapes = [shape, *others]
    common = next((found for found in shapes if found), ())
    if any(found not in ((), common) for found in shapes):
        common = jax.numpy.broadcast_shapes(*shapes)
    axes = tuple(0 if found else None for found in shapes)
    for _ in common:
        function = jax.vmap(function, in_axes=axes)

    def broadcast(*operands: Any) -> Any:
        wanted = [(*common, *operand.shape[len(found) :]) if found else operand.shape
                  for operand, found in zip(operands, shapes, strict=True)]  # fmt: skip
        return function(*(jax.numpy.broadcast_to(*pair) for pair in zip(operands, wanted, strict=True)))

    return broadcast


def scatter_gather_mode(mode: Any) -> str:
    """The name of a mode of gather or scatter: clip, fill_or_drop or promise_in_bounds."""
    return str(getattr(mode, "name", mode)).lower()


@lru_cache(maxsize=1024)
def of_library(file_name: str) -> bool:
    """Whether a file belongs to a library rather than to the user."""
    parts = file_name.replace("\\", "/").split("/")
    if "site-packages" not in parts:
        return f"/{'/'.join(parts[-6:])}".find("/totfjs/sources/") >= 0
    at = len(parts) - 1 - parts[::-1].index("site-packages")
    return parts[at + 1].removesuffix(".py") in _LIBRARIES


def run_once(function: Callable[..., Any], values: Any) -> Callable[..., Any]:
    """`function(values, ...)`, compiled for each call: it will not run often enough to be worth optimising."""
    import jax

    traced = jax.jit(function)
    return lambda *inputs: quickly_compiled(traced.lower(values, *inputs))(values, *inputs)


def quickly_compiled(lowered: Any) -> Any:
    """What `jax.jit(...).lower(...)` gives, compiled in the least time."""
    try:
        return lowered.compile(compiler_options=_QUICKEST)
    except RuntimeError:  # an XLA that does not know one of them
        return lowered.compile()


def wide() -> bool:
    """Whether the user turned on JAX's 64-bit mode."""
    import jax

    return bool(jax.config.jax_enable_x64)


def unjitted(function: Any) -> Any | None:
    """The function that `jax.jit`, or Equinox's `filter_jit`, compiles, or None for anything else."""
    import jax

    jitted = isinstance(function, type(jax.jit(lambda: 0)))
    filtered = type(function).__module__.startswith("equinox.") and type(function).__name__ == "_JitWrapper"
    return function.__wrapped__ if jitted or filtered else None


def constraints(scope: Any) -> tuple[str, ...]:
    """The constraints that symbols of a scope were given, as text."""
    found = (str(each.debug_str) for each in getattr(scope, "_explicit_constraints", ()))
    return tuple(dict.fromkeys(text for text in found if "floordiv" not in text or "(" in text))


def dim_scope(dims: Sequence[Any]) -> Any:
    """The scope of the first symbolic dim."""
    return next((dim.scope for dim in dims if type(dim).__name__ == "_DimExpr"), None)
