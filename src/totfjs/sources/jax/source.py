"""A traced JAX model: lowers itself to a graph, and evaluates itself on the CPU for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.graph.limits import AtLeast
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.graph.types import TensorType
from totfjs.sources.description import described, packed
from totfjs.sources.jax.notes import halves, tracing_notes
from totfjs.sources.jax.words import word_notes

if TYPE_CHECKING:
    from totfjs.sources.intermediates import Intermediates
    from totfjs.sources.jax.inputs import Leaf
    from totfjs.sources.jax.models import Model
    from totfjs.sources.jax.trace import Split, Traced
    from totfjs.weights.narrow import Narrowing


# Some tens of roundings of each half-precision dtype.
_ROUNDING = {"float16": 1e-2, "bfloat16": 8e-2}


@dataclass(frozen=True, eq=False, repr=False)
class Source:
    """A JAX model, ready to lower and to evaluate.

    `narrowings` fills up while the weights of the graph are streamed: what lost precision on its way to TensorFlow.js.
    """

    model: Model
    parts: Split
    traced: Traced
    trees: Mapping[str, Any]
    leaves: tuple[Leaf, ...]
    chosen: Mapping[str, int]
    narrowings: list[Narrowing] = field(default_factory=list)

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, in the user's order."""
        return {name: kind for leaf in self.leaves for name, kind in leaf.fed.items()}

    @property
    def limits(self) -> tuple[AtLeast, ...]:
        """What is known of the dynamic dims."""
        return tuple(limit for leaf in self.leaves for limit in leaf.limits)

    @property
    def description(self) -> Mapping[str, Any]:
        """What the user said of inputs and outputs."""
        arguments = {name: packed(tree, lambda leaf: str(leaf.text)) for name, tree in self.trees.items()}
        return described(arguments, self.limits, self.chosen)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: switches set for inference, dtypes that TensorFlow.js does not have."""
        from totfjs.sources.jax.dtypes import output_note

        inputs = (leaf.note for leaf in self.leaves if leaf.note)
        words = word_notes(self.traced.jaxpr.jaxpr, len(self.leaves))
        outputs = (output_note(name, str(self.traced.jaxpr.out_avals[at].dtype)) for name, at in self.chosen.items())
        given = (note for note in outputs if note)
        return (*self.model.notes, *inputs, *given, *tracing_notes(self.traced.jaxpr), *words)

    @property
    def reference(self) -> str:
        """The model itself, which JAX runs."""
        return "the source"

    @property
    def tolerance(self) -> float:
        """The relative error that the model's own dtypes leave open: in JAX halves are rounded at every step."""
        return max((_ROUNDING[half] for half in halves(self.traced.jaxpr)), default=0.0)

    def graph(self, backends: Sequence[Backend] = BACKENDS) -> Graph:
        """The model in the TensorFlow.js vocabulary, not optimised."""
        from totfjs.sources.jax.lower import lower

        return lower(self.traced, self.leaves, self.chosen, backends, self.model.name, self.narrowings.append)

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What JAX itself computes on the CPU."""
        import jax

        from totfjs.sources.jax import _compat
        from totfjs.sources.jax.inputs import filled

        with _compat.thirty_two_bits(), jax.default_device(jax.devices("cpu")[0]):
            results = jax.tree.leaves(self._function(*filled(list(self.trees.values()), inputs)))
            named = ((name, np.asarray(results[index])) for name, index in self.chosen.items())
            return {part: array for name, result in named for part, array in _as_fed(name, result)}

    def intermediates(self, inputs: Mapping[str, np.ndarray]) -> Intermediates:
        """What each equation of the model gives in JAX, and the values that its lowering makes of it."""
        from totfjs.sources.jax.watched import watched

        return watched(self, inputs)

    @cached_property
    def _function(self) -> Callable[..., Any]:
        from totfjs.sources.jax import _compat

        values = [weight.leaf if _native(weight.leaf) else np.asarray(weight.leaf) for weight in self.parts.leaves]
        return _compat.run_once(lambda given, *inputs: self.model.call(self.parts.join(given), *inputs), values)

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name}: {kind}" for name, kind in self.inputs.items())
        return f"<JAX model {self.model.name or 'function'}({inputs}) -> {', '.join(self.chosen)}>"


def _native(leaf: Any) -> bool:
    import jax

    return isinstance(leaf, jax.Array | np.ndarray | bool | int | float | complex)


def _as_fed(name: str, result: np.ndarray) -> Iterable[tuple[str, np.ndarray]]:
    """A result as TensorFlow.js gives it."""
    from totfjs.sources.jax.dtypes import canonical, fed_names, split

    return zip(fed_names(name, canonical(result.dtype)), split(result), strict=True)
