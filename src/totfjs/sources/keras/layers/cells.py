"""Cells: a step of a recurrent layer in two parts, what reads the inputs alone, for all steps at once, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.activations import apply
from totfjs.sources.keras.layers.kind import Kind, Variable, weights
from totfjs.sources.keras.use import Flow, Use
from totfjs.weights.array import Deferred

Step = Callable[[list[Tensor], list[Tensor]], list[Tensor]]


@dataclass(frozen=True)
class Cell:
    """How a cell is computed. The first of its states is its output.

    `project` gives what the steps read from inputs (…, features) of any leading dims; `step` gives the states after a
    step from that, and from the states before it; `sizes` are those of a state without the batch.
    """

    count: int
    project: Callable[[Tensor], list[Tensor]]
    step: Step
    size: Callable[[Sequence[Tensor]], tuple[Any, ...]]

    def zeros(self, read: Sequence[Tensor]) -> list[Tensor]:
        """The states before the first step, for what was projected from (batch, time, …)."""
        zero = read[0].builder.const(0.0)
        return [broadcast_to(zero, (read[0].shape[0], *self.size(read)))] * self.count


def cell_of(use: Use, layer: Layer) -> Cell:
    """The cell that a layer is; `use` is the call of the layer that holds it."""
    if layer.kind not in CELLS:
        raise use.refuse(f"its cell {layer} is none that totfjs knows")
    return CELLS[layer.kind](use.of(layer))


def _gates(use: Use, name: str, gates: int, first: int = 0, last: int | None = None) -> Tensor:
    """The part of a weight that belongs to the gates from `first` to `last`."""
    array = use.layer.weights[name]
    size = array.shape[-1] // gates
    start, stop = first * size, (gates if last is None else last) * size
    if (start, stop) == (0, array.shape[-1]):
        return use.const(array, name)
    return _made(use, name, (*array.shape[:-1], stop - start), ("gates", start, stop), lambda x: x[..., start:stop])


def _row(use: Use, name: str, row: int) -> Tensor:
    """A row of a weight."""
    return _made(use, name, use.layer.weights[name].shape[1:], ("row", row), lambda x: x[row])


def _made(use: Use, name: str, shape: tuple[int, ...], key: Hashable, made: Callable[[np.ndarray], Any]) -> Tensor:
    """A constant made from a weight."""
    array = use.layer.weights[name]
    return use.const(Deferred(array.dtype, shape, lambda: made(array.numpy()), (key, array.key)), name)


def product(x: Tensor, kernel: Tensor) -> Tensor:
    """The last dim of a tensor times a matrix."""
    return dot(x, kernel, ((x.rank - 1,), (0,)), ((), ()))


def _projected(use: Use, bias: Callable[[], Tensor] | None = None) -> Callable[[Tensor], Tensor]:
    def project(x: Tensor) -> Tensor:
        y = product(use.float(x), use.weight("kernel"))
        return y if "bias" not in use.layer.weights else y + (bias or (lambda: use.weight("bias")))()

    return project


def _split(x: Tensor, count: int) -> list[Tensor]:
    size = x.shape[-1]
    assert isinstance(size, int)
    return list(x.builder.ops("SplitV", x, [size // count] * count, x.rank - 1))


def _units(use: Use) -> Callable[[Sequence[Tensor]], tuple[int, ...]]:
    return lambda _: (use.layer.weights["recurrent_kernel"].shape[0],)


def activation(use: Use) -> Callable[[Tensor], Tensor]:
    """The activation of a cell."""
    return lambda x: apply(use, use.config.get("activation", "tanh"), x)


def recurrent_activation(use: Use) -> Callable[[Tensor], Tensor]:
    """The activation of the gates of a cell."""
    default = "sigmoid" if use.layer.generation >= 3 else "hard_sigmoid"
    return lambda x: apply(use, use.config.get("recurrent_activation", default), x)


def _simple(use: Use) -> Cell:
    project, act = _projected(use), activation(use)

    def step(read: list[Tensor], state: list[Tensor]) -> list[Tensor]:
        return [act(read[0] + product(state[0], use.weight("recurrent_kernel")))]

    return Cell(1, lambda x: [project(x)], step, _units(use))


def gated(use: Use, gates: Tensor, carry: Tensor) -> list[Tensor]:
    """The output and the carry of an LSTM after a step, from its gates before their activations."""
    act, recurrent = activation(use), recurrent_activation(use)
    into, forget, new, out = _split(gates, 4)
    carry = recurrent(forget) * carry + recurrent(into) * act(new)
    return [recurrent(out) * act(carry), carry]


def _lstm(use: Use) -> Cell:
    project = _projected(use)

    def step(read: list[Tensor], state: list[Tensor]) -> list[Tensor]:
        return gated(use, read[0] + product(state[0], use.weight("recurrent_kernel")), state[1])

    return Cell(2, lambda x: [project(x)], step, _units(use))


def reset_after(layer: Layer) -> bool:
    """Whether a GRU resets its state after the product; the first generations did not know that."""
    return bool(layer.config.get("reset_after", layer.generation >= 3))


def _gru(use: Use) -> Cell:
    after, act, recurrent = reset_after(use.layer), activation(use), recurrent_activation(use)
    biased = "bias" in use.layer.weights
    project = _projected(use, (lambda: _row(use, "bias", 0)) if after else None)

    def inner(h: Tensor) -> list[Tensor]:
        """What the state gives to the gates: all three of them, or the first two."""
        if not after:
            return _split(product(h, _gates(use, "recurrent_kernel", 3, 0, 2)), 2)
        y = product(h, use.weight("recurrent_kernel"))
        return _split(y + _row(use, "bias", 1) if biased else y, 3)

    def step(read: list[Tensor], state: list[Tensor]) -> list[Tensor]:
        h, (x_update, x_reset, x_new) = state[0], read
        update, reset, *new = inner(h)
        update, reset = recurrent(x_update + update), recurrent(x_reset + reset)
        old = reset * new[0] if after else product(reset * h, _gates(use, "recurrent_kernel", 3, 2))
        made = act(x_new + old)
        return [update * h + (1.0 - update) * made]

    return Cell(1, lambda x: _split(project(x), 3), step, _units(use))


CELLS: Mapping[str, Callable[[Use], Cell]] = {"SimpleRNNCell": _simple, "LSTMCell": _lstm, "GRUCell": _gru}


# --- cells that are called by themselves ------------------------------------------------------------------------------


def _called(use: Use) -> tuple[Tensor, list[Tensor] | Tensor]:
    """One step: the output, and the states as they were given."""
    cell = CELLS[use.layer.kind](use)
    given = use.args[1] if len(use.args) > 1 else use.kwargs["states"]
    before = [given] if isinstance(given, Flow) else list(given)
    after = cell.step(cell.project(use.x), [use.float(flow.tensor) for flow in before])
    return after[0], after[0] if isinstance(given, Flow) else after


def variables(layer: Layer) -> Sequence[Variable]:
    """The variables of a cell."""
    return weights("kernel", "recurrent_kernel", *(("bias",) if layer.config.get("use_bias", True) else ()))


LAYERS = {name: Kind(_called, variables) for name in CELLS}
