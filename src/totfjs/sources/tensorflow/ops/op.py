"""What is known of an op of TensorFlow: how it is lowered, what its outputs are called, what integers it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.use import Use
    from totfjs.sources.tensorflow.values import Operand

Rule: TypeAlias = "Callable[[Use], Operand | Sequence[Operand]]"


@dataclass(frozen=True)
class Op:
    """One row of a family's table.

    `outputs` names the outputs of an op that has several (functions refer to them by name); an op with one, which may
    be a list, needs none. `integers` says that the rule is right for integers of every width: it moves them only, or
    wraps them itself. `complex` says that it takes complex operands.
    """

    rule: Rule
    outputs: tuple[str, ...] = ()
    integers: bool = False
    complex: bool = False


Row: TypeAlias = "Op | Rule"


def as_op(row: Row) -> Op:
    """A row as an Op: a bare rule has one output and takes floats, bools, int32 and int64."""
    return row if isinstance(row, Op) else Op(row)
