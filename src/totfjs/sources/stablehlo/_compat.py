"""The names of JAX and jaxlib that are not public: those that reading StableHLO needs, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def parse(content: bytes) -> tuple[Any, str]:
    """The MLIR module in a text, in bytecode or in a portable artifact; or None, and what is wrong with it."""
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir import ir
    from jaxlib.mlir.dialects import stablehlo

    said: list[str] = []
    context = make_ir_context()
    context.allow_unregistered_dialects = False

    def hear(found: Any) -> bool:
        said.append(f"{found.message} ({found.location})")
        return True

    context.attach_diagnostic_handler(hear)
    try:
        with context, ir.Location.unknown(context):
            if content[:4] == MLIR and b"StableHLO_v" in content[:64]:
                found = stablehlo.deserialize_portable_artifact(context, content)
            else:
                found = ir.Module.parse(content)
            return (found, "") if found.operation.verify() else (None, "it is not a valid module")
    except (ValueError, ir.MLIRError) as error:
        said += str(error).splitlines()
        return None, next((line for line in said if "Unable to parse" not in line), str(error))


MLIR = b"ML\xefR"


def exported_name(exported: Any) -> str:
    """The name of the exported function."""
    return str(exported.fun_name)


def symbols_of(dim: Any) -> tuple[str, ...]:
    """The symbols of a dim."""
    return () if isinstance(dim, int) else tuple(sorted(dim._get_vars()))


def substituted(dim: Any, sizes: dict[str, Any]) -> Any:
    """A dim with sizes, known or symbolic, for its symbols."""
    return dim if isinstance(dim, int) else dim._evaluate(sizes)


def is_dim(value: Any) -> bool:
    """Whether a value is a symbolic dim."""
    return type(value).__name__ == "_DimExpr"


def inconclusive() -> type[Exception]:
    """What JAX raises when it cannot decide about symbolic dims."""
    from jax._src import core

    return core.InconclusiveDimensionOperation  # type: ignore[no-any-return]


def larger(a: Any, b: Any) -> Any:
    """The larger of two dims."""
    from jax._src import core

    return core.max_dim(a, b)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two dims."""
    from jax._src import core

    return core.min_dim(a, b)


def total_order(direction: str, a: Any, b: Any) -> Any:
    """A comparison in which NaN comes last and -0 before 0."""
    from jax._src.lax import lax

    if direction in ("GT", "GE"):
        a, b = b, a
    if direction in ("EQ", "NE"):
        found = lax.eq_to_p.bind(a, b)
        return lax.bitwise_not(found) if direction == "NE" else found
    return (lax.lt_to_p if direction in ("LT", "GT") else lax.le_to_p).bind(a, b)


def geqrf(a: Any) -> Any:
    """The reflections of a QR factorization, as LAPACK stores them."""
    from jax._src.lax import linalg

    return linalg.geqrf(a)


def run_equation(equation: Any, operands: Sequence[Any]) -> Sequence[Any]:
    """Binds the primitive of an equation to other operands."""
    bound = equation.primitive.get_bind_params(equation.params)
    subfunctions, params = bound if isinstance(bound, tuple) else ((), bound)
    results = equation.primitive.bind(*subfunctions, *operands, **params)
    return tuple(results) if equation.primitive.multiple_results else (results,)


def portable(module: Any) -> bytes:
    """A module as a portable artifact of the version that is installed."""
    from jaxlib.mlir.dialects import stablehlo

    version = stablehlo.get_current_version()
    try:
        from jax._src.lib import _jax
    except ImportError:  # JAX 0.6, which takes text
        from jax._src.lib import xla_extension

        return bytes(xla_extension.mlir.serialize_portable_artifact(str(module), version))
    try:
        return bytes(_jax.mlir.serialize_portable_artifact(module, version, True))
    except TypeError:
        return bytes(_jax.mlir.serialize_portable_artifact(module, version))


def anywhere(exported: Any) -> Any:
    """An exported function that runs on the CPU whatever it was exported for."""
    from dataclasses import replace

    from jax import export

    if "cpu" in exported.platforms:
        return exported
    return replace(exported, disabled_safety_checks=(export.DisabledSafetyCheck.platform(),))


def callable_of(
    module: bytes,
    operands: Sequence[tuple[Any, Sequence[int | None]]],
    results: Sequence[tuple[Any, Sequence[int]]],
    platforms: Sequence[str] = ("cpu",),
) -> Callable[..., Any]:
    """The main function of a portable artifact as XLA compiles it for the CPU.

    Operands are dtypes and the shapes that the module declares, results dtypes and the shapes that they will have.
    """
    import jax
    from jax._src import core
    from jax._src.export import _export, shape_poly

    scope = shape_poly.SymbolicScope()
    shapes = [
        tuple(
            shape_poly.symbolic_shape(f"s{number}_{axis}", scope=scope)[0] if size is None else size
            for axis, size in enumerate(shape)
        )
        for number, (_, shape) in enumerate(operands)
    ]
    avals = (
        tuple(core.ShapedArray(shape, dtype) for shape, (dtype, _) in zip(shapes, operands, strict=True)),
        tuple(core.ShapedArray(tuple(shape), dtype) for dtype, shape in results),
    )
    fields: dict[str, Any] = {
        "fun_name": "module",
        "in_tree": jax.tree.structure((tuple(range(len(operands))), {})),
        "in_avals": avals[0],
        "out_tree": jax.tree.structure(list(range(len(results)))),
        "out_avals": avals[1],
        "in_shardings_hlo": (None,) * len(operands),
        "out_shardings_hlo": (None,) * len(results),
        "nr_devices": 1,
        "platforms": tuple(platforms),
        "ordered_effects": (),
        "unordered_effects": (),
        "disabled_safety_checks": (),
        "mlir_module_serialized": module,
        "calling_convention_version": 10,
        "module_kept_var_idx": tuple(range(len(operands))),
        "uses_global_constants": True,
        "_has_named_shardings": False,
        "_in_named_shardings": (None,) * len(operands),
        "_out_named_shardings": (None,) * len(results),
        "_get_vjp": None,
    }
    known = _export.Exported.__dataclass_fields__
    exported = _export.Exported(**{key: value for key, value in fields.items() if key in known})
    return exported.call  # type: ignore[no-any-return]


def select_and_scatter_add(
    source: Any, x: Any, direction: str, window: Sequence[int], strides: Sequence[int], padding: Sequence[Any]
) -> Any:
    """The gradient of max or min pooling."""
    from jax import lax
    from jax._src.lax import windowed_reductions

    return windowed_reductions.select_and_scatter_add_p.bind(
        source,
        x,
        select_prim=lax.ge_p if direction == "GE" else lax.le_p,
        window_dimensions=tuple(window),
        window_strides=tuple(strides),
        padding=tuple(padding),
    )
