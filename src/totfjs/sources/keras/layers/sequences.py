"""How cells go over a sequence: what recurrent layers are called with, masked steps, stacks of cells, states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import select
from totfjs.recipes.recurrence import recur
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import reverse
from totfjs.sources.keras.layers.cells import Cell
from totfjs.sources.keras.use import Flow, Use


@dataclass(frozen=True)
class Given:
    """What a recurrent layer is called with: a sequence, its mask, states.

    `mask` is that which is heeded, `passed` that which goes on to the next layer.
    """

    x: Tensor
    mask: Tensor | None
    passed: Tensor | None
    states: list[Tensor]

    @classmethod
    def of(cls, use: Use) -> Given:
        """The arguments by their places and names; before Keras 3 states stand in the list of the inputs."""
        if use.config.get("num_constants") or use.kwargs.get("constants"):
            raise use.refuse("it is called with constants, which cells of one's own read")
        x, *beside = use.flows
        states = [*beside, *_states(use, _argument(use, 1, "initial_state"))]
        named = _argument(use, 2, "mask") if use.layer.generation >= 3 else use.kwargs.get("mask")
        mask = named.tensor if isinstance(named, Flow) else x.mask
        # Keras 3 hands a layer the mask of its inputs only where there is one argument of tensors.
        heeded = mask if named is not None or not states or use.layer.generation < 3 else None
        return cls(use.float(x.tensor), heeded, mask, [use.float(flow.tensor) for flow in states])


def _states(use: Use, given: Any) -> list[Flow]:
    if isinstance(given, Flow):
        return [given]
    if not isinstance(given, list | tuple | None):
        raise use.refuse("its initial state is not made of tensors of the model")
    return [flow for item in given or () for flow in _states(use, item)]


def _argument(use: Use, place: int, name: str) -> Any:
    return use.args[place] if len(use.args) > place else use.kwargs.get(name)


def run(use: Use, cells: Sequence[Cell], given: Given) -> tuple[Tensor, list[Tensor]]:
    """What the last of a stack of cells gives at each step, or at the last one, and the states of all cells.

    A stack is computed cell by cell, each over the whole sequence: what one gives is all that the next one reads.
    """
    if use.config.get("stateful") and (not given.states or use.layer.generation < 3):
        use.note(_STATEFUL.format(use.layer))
    x, mask, backwards = given.x, _step_mask(use, given), bool(use.config.get("go_backwards"))
    if backwards and len(cells) > 1:
        x, mask, backwards = reverse(x, [1]), None if mask is None else reverse(mask, [1]), False
    rest, states = list(given.states), list[list[Tensor]]()
    for index, cell in enumerate(cells):
        last = index == len(cells) - 1
        read = cell.project(x)
        before, rest = rest[: cell.count], rest[cell.count :]
        if given.states and len(before) < cell.count:
            raise use.refuse(f"it is called with {len(given.states)} initial states, which are too few")
        every = not last or bool(use.config.get("return_sequences"))
        x, after = _over(use, cell, read, before, mask, every, backwards, last)
        states.append(after)
    if rest:
        raise use.refuse(f"it is called with {len(given.states)} initial states, which are too many")
    return x, [state for found in states for state in found]


_STATEFUL = (
    "{}: it is stateful, and a web model keeps nothing from one call to the next: every call starts from states of "
    "zeros, as after reset_states(). To carry them, build the model with return_state=True and initial_state inputs."
)


def _step_mask(use: Use, given: Given) -> Tensor | None:
    """The mask as (batch, time, 1…), as many dims as the states and one for time."""
    mask = given.mask
    if mask is None:
        return None
    if mask.rank != 2:
        raise use.refuse(f"its mask has {mask.rank} dims, where it should say for each step whether it counts")
    if mask.dtype is not DType.BOOL:
        mask = mask.builder.op("NotEqual", mask, 0)
    return reshape(mask, (*mask.shape, *(1,) * (given.x.rank - 2)))


def _over(
    use: Use, cell: Cell, read: list[Tensor], before: list[Tensor], mask: Tensor | None,
    every: bool, backwards: bool, last: bool,
) -> tuple[Tensor, list[Tensor]]:  # fmt: skip
    """What one cell gives, and its states in the end."""
    zeros = cell.zeros(read)
    start = before or zeros
    if mask is None:
        history, after = recur(read, start, cell.step, every=every, backwards=backwards)
        return after[0] if history is None else history, after
    blank, late = last and _blanks(use), last and bool(before) and _starts_blank(use)
    shown = zeros[:1] if blank or late else []

    def step(now: list[Tensor], state: list[Tensor]) -> list[Tensor]:
        *inputs, counts = now
        old = state[len(shown) :]
        new = cell.step(inputs, old)
        kept = [select(counts, one, other) for one, other in zip(new, old, strict=True)]
        if not shown:
            return kept
        return [select(counts, new[0], mask.builder.const(0.0) if blank else state[0]), *kept]

    history, after = recur([*read, mask], [*shown, *start], step, every=every, backwards=backwards)
    return after[0] if history is None else history, after[len(shown) :]


def _blanks(use: Use) -> bool:
    """Whether masked steps give zeros. Where a layer is unrolled, Keras 3 does that on TensorFlow, not on JAX."""
    wanted = bool(use.config.get("zero_output_for_mask"))
    if wanted and use.layer.generation >= 3 and use.config.get("unroll"):
        use.note(f"{use.layer}: it is unrolled, and gives at masked steps what it gave before, as Keras does on JAX.")
        return False
    return wanted


def _starts_blank(use: Use) -> bool:
    """Whether steps that are masked from the start on give zeros, and not the initial state."""
    if use.layer.generation >= 3 and not use.config.get("unroll"):
        use.note(f"{use.layer}: steps masked from the start on give the initial state, as Keras does on JAX.")
        return False
    return True


def swapped(x: Tensor) -> Tensor:
    """A sequence with its batch and its time in each other's place."""
    return transpose(x, [1, 0, *range(2, x.rank)])
