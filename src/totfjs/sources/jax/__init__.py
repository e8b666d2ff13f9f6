"""Models written in JAX: functions, Flax Linen and NNX modules, Equinox modules.

A model is traced to a jaxpr with abstract weights and inputs, and the jaxpr is lowered equation by equation. JAX is
imported when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from totfjs.errors import InputSpecError, MissingDependencyError
from totfjs.sources.jax.source import Source


def load(
    model: Any, *, inputs: Mapping[str, Any] | None = None, weights: Any = None, outputs: Sequence[str] | None = None
) -> Source:
    """A JAX model, traced and ready to lower.

    `model` is a function of arrays, or of a pytree of `weights` first; a `(linen_module, variables)` pair; an NNX or
    Equinox module, or with weights its class or factory. `inputs` describe the arguments in their order.
    """
    try:
        import jax  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "This model needs JAX, which is not installed.", remedy="Run `pip install 'totfjs[jax]'`."
        ) from error
    from totfjs.sources.jax.inputs import abstract, leaves, read_inputs
    from totfjs.sources.jax.models import resolve, with_own_inputs
    from totfjs.sources.jax.outputs import output_names, select
    from totfjs.sources.jax.trace import split, trace

    if not inputs:
        model, inputs = with_own_inputs(model, weights)
    if not inputs:
        raise InputSpecError(
            "A JAX model does not say what its inputs are.",
            remedy='Describe them: inputs={"image": ("b", 28, 28, 1)}, or --input "image:float32[b,28,28,1]".',
        )
    trees = read_inputs(inputs)
    arguments = abstract(list(trees.values()))
    found = resolve(model, weights, dict(zip(trees, arguments, strict=True)))
    parts = split(found)
    traced = trace(found, parts, arguments)
    chosen = select(output_names(traced.outputs), traced.order, outputs)
    fed = tuple(leaf for tree in trees.values() for leaf in leaves(tree))
    return Source(found, parts, traced, tuple(trees.values()), fed, chosen)


__all__ = ["Source", "load"]
