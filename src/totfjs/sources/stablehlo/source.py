"""A StableHLO module as a JAX model: traced through the interpreter, evaluated by XLA itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.errors import SourceError
from totfjs.sources.jax.dtypes import canonical, join
from totfjs.sources.jax.source import Source, _as_fed
from totfjs.sources.stablehlo.types import numpy_dtype

if TYPE_CHECKING:
    from totfjs.sources.stablehlo.arguments import Flat
    from totfjs.sources.stablehlo.artifact import Artifact


@dataclass(frozen=True, eq=False, repr=False)
class ModuleSource(Source):
    """A module, ready to lower and to evaluate.

    `given` are the arguments that are weights, by their places; `said` is what reading the module had to say.
    """

    artifact: Artifact = field(kw_only=True)
    flats: Sequence[Flat] = field(kw_only=True)
    given: Mapping[int, Any] = field(kw_only=True)
    said: Sequence[str] = field(kw_only=True)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        return (*super().notes, *self.said)

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What XLA computes of the module itself on the CPU."""
        import jax

        fed = iter(self._fed(inputs))
        arrays = [self.given[index] if index in self.given else next(fed) for index in range(len(self.flats))]
        typed = [
            np.asarray(array).astype(numpy_dtype(flat.dtype)) for array, flat in zip(arrays, self.flats, strict=True)
        ]
        with _mode(self.wide), _running(typed), jax.default_device(jax.devices("cpu")[0]):
            results = [np.asarray(result) for result in jax.tree.leaves(self._run(typed))]
        narrow = ((name, results[index]) for name, index in self.chosen.items())
        named = ((name, result.astype(numpy_dtype(canonical(result.dtype)))) for name, result in narrow)
        return {part: array for name, result in named for part, array in _as_fed(name, result)}

    def _fed(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The inputs in the dtypes of JAX."""
        return [join([np.asarray(inputs[name]) for name in leaf.fed], leaf.dtype) for leaf in self.leaves]

    @property
    def wide(self) -> bool:
        """Whether the module has inputs or outputs of 64 bits."""
        kinds = (*(each.type for each in self.artifact.program.arguments), *self.artifact.program.result_types)
        return any(kind.wide for kind in kinds)

    def _run(self, arrays: Sequence[np.ndarray]) -> Any:
        import jax

        from totfjs.sources.jax._compat import run_once
        from totfjs.sources.stablehlo import _compat
        from totfjs.sources.stablehlo.arguments import output_tree

        exported = self.artifact.exported
        if exported is not None:
            call = _compat.anywhere(exported).call
            positional, keywords = jax.tree.unflatten(exported.in_tree, arrays)
            return run_once(lambda given: call(*given[0], **given[1]), (positional, keywords))()
        program = self.artifact.program
        platforms = ("cpu", "other") if any(each.stands_for for each in program.arguments) else ("cpu",)
        fed = [each.type for each in program.arguments if not each.stands_for]
        operands = [(numpy_dtype(kind.declared), kind.shape) for kind in fed]
        results = [(numpy_dtype(kind.declared), shape) for shape, kind in self._results(arrays)]
        function = _compat.callable_of(_compat.portable(program.module), operands, results, platforms)
        return output_tree(self.artifact, run_once(lambda given: function(*given), arrays)())

    def _results(self, arrays: Sequence[np.ndarray]) -> list[tuple[tuple[int, ...], Any]]:
        """The shapes of the results for arrays of these shapes."""
        from totfjs.graph.dims import evaluate
        from totfjs.sources.jax.equation import aval_of

        fed = iter(self.leaves)
        sizes: dict[str, int] = {}
        for index, array in enumerate(arrays):
            if index not in self.given:
                for size, number in zip(next(fed).shape, array.shape, strict=True):
                    if not isinstance(size, int):
                        sizes[str(size)] = number
        avals = [aval_of(each) for each in self.traced.jaxpr.out_avals]
        shapes = [tuple(evaluate(size, sizes) for size in aval.shape) for aval in self._in_module_order(avals)]
        return list(zip(shapes, self.artifact.program.result_types, strict=True))

    def _in_module_order(self, avals: Sequence[Any]) -> list[Any]:
        """Results are traced as leaves of a tree, which sorts what has names."""
        return [avals[place] for place in self.traced.order]


@contextmanager
def _running(arrays: Sequence[np.ndarray]) -> Iterator[None]:
    """XLA's refusal as an error of ours: a module may take fewer sizes than its types say."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        shapes = ", ".join(f"{array.dtype}[{','.join(map(str, array.shape))}]" for array in arrays)
        said = str(error).strip().partition("\n")[0].partition(" Using the following")[0].removesuffix(".")
        raise SourceError(
            f"XLA cannot run the module for inputs {shapes}: {said}.",
            remedy='Describe the dims that it takes, as in --input "x:float32[2*b,t>=4]", or give sizes.',
        ) from error


def _mode(wide: bool) -> Any:
    """The mode of JAX in which a module is evaluated."""
    import jax

    from totfjs.sources.jax import _compat

    if not wide:
        return _compat.thirty_two_bits()
    mode = getattr(jax, "enable_x64", None)
    if callable(mode):
        return mode(True)
    from jax.experimental import enable_x64

    return enable_x64(True)
