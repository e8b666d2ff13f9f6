"""Control flow that is decided while lowering, and equations that only matter during tracing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.sources.jax.equation import Equation, Rule


def chosen_branch(equation: Any, operands: Sequence[Any]) -> Any | None:
    """The branch of a `cond` whose index is known, or None."""
    if equation.primitive.name != "cond" or isinstance(operands[0], Tensor):
        return None
    branches = equation.params["branches"]
    return branches[int(np.clip(int(operands[0]), 0, len(branches) - 1))]


def dropped(eqn: Equation, *_: Tensor) -> Sequence[Tensor]:
    """An effect on the host, such as a print, which a web model does not have."""
    return ()


RULES: dict[str, Rule] = {"debug_callback": dropped, "debug_print": dropped}
