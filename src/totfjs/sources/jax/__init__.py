"""Models written in JAX: functions, Flax Linen and NNX modules, Equinox, Haiku, Keras on JAX.

A model is traced to a jaxpr with abstract weights and inputs, and the jaxpr is lowered equation by equation. JAX is
imported when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from totfjs.errors import InputSpecError, MissingDependencyError, TraceError
from totfjs.sources.jax.source import Source

if TYPE_CHECKING:
    from totfjs.sources.jax.models import Model
    from totfjs.sources.jax.trace import Split, Traced


def load(
    model: Any,
    *,
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    outputs: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> Source:
    """A JAX model, traced and ready to lower.

    `model` is a function of arrays, or of a pytree of `weights` first; a `(linen_module, variables)` pair or the like
    of Haiku; a train state; an NNX, Equinox or Keras model, or with weights its class or factory. `inputs` describe the
    arguments in their order; only a Keras model knows its own. `notes` are what is known of the weights already.
    """
    try:
        import jax  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "This model needs JAX, which is not installed.", remedy="Run `pip install 'totfjs[jax]'`."
        ) from error
    from totfjs.sources.jax.advice import advised
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

    def attempt(trees: Mapping[str, Any]) -> tuple[Model, Split, Traced]:
        arguments = abstract(list(trees.values()))
        found = resolve(model, weights, dict(zip(trees, arguments, strict=True)))
        try:
            parts = split(found)
            traced = trace(found, parts, arguments)
        except TraceError:
            if found.checked is None:
                raise
        else:
            if found.checked is None or traced.reads_all:
                return found, parts, traced
        found = replace(found.checked(), notes=found.notes)
        parts = split(found)
        return found, parts, trace(found, parts, arguments)

    try:
        found, parts, traced = attempt(trees)
    except TraceError as error:
        raise advised(error, trees, attempt) from error
    chosen = select(output_names(traced.outputs), traced.order, outputs)
    fed = tuple(leaf for tree in trees.values() for leaf in leaves(tree))
    found = replace(found, notes=(*notes, *found.notes))
    return Source(found, parts, traced, trees, fed, chosen)


__all__ = ["Source", "load"]
