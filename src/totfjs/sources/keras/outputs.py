"""The names of a model's outputs: the user's own where there are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from totfjs.sources.keras.architecture import Model, Ref


def output_names(model: Model) -> list[str]:
    """Dict keys, or the names of the layers that give the outputs where these are unlike, or `output_N`."""
    if isinstance(model.outputs, Mapping) and all(isinstance(item, Ref) for item in model.outputs.values()):
        return sorted(model.outputs)
    names = [ref.layer for ref in model.output_refs]
    if max(Counter(names).values(), default=0) > 1:
        return [f"output_{index}" for index in range(len(names))]
    return names
