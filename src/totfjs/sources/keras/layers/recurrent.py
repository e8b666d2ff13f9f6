"""Recurrent layers: SimpleRNN, LSTM, GRU, and RNN over any cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.cells import Cell, cell_of
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.sequences import Given, run, swapped
from totfjs.sources.keras.use import Flow, Use


def rnn(use: Use) -> Any:
    """The cells of a layer, over a sequence."""
    given = Given.of(use)
    if given.x.rank != 3:
        raise use.refuse(f"it is called with {given.x.rank} dims, not with (batch, time, features)")
    late = bool(use.config.get("time_major"))
    if late:
        given = replace(given, x=swapped(given.x), mask=None if given.mask is None else swapped(given.mask))
    y, states = _ordered(use, given)
    if late and use.config.get("return_sequences"):
        y = swapped(y)
    return results(use, y, states, given)


def results(use: Use, y: Tensor, states: Sequence[Tensor], given: Given) -> Any:
    """The output with its mask, and the states where they are asked for."""
    flow = Flow(y, given.passed if use.config.get("return_sequences") else None)
    return (flow, *map(Flow, states)) if use.config.get("return_state") else flow


def _ordered(use: Use, given: Given) -> tuple[Tensor, list[Tensor]]:
    """`run`, where the states of a stack may be listed from its last cell on."""
    held = use.layer.children["cell"]
    cells = [cell_of(use, cell) for cell in (held.children.values() if held.kind == "StackedRNNCells" else [held])]
    if not held.config.get("reverse_state_order"):
        return run(use, cells, given)
    y, states = run(use, cells, replace(given, states=_reversed(given.states, cells[::-1])))
    return y, _reversed(states, cells)


def _reversed(states: Sequence[Tensor], cells: Sequence[Cell]) -> list[Tensor]:
    """States, which are listed in the order of cells, in the opposite order."""
    found, rest = list[Tensor](), list(states)
    for cell in cells:
        found, rest = [*rest[: cell.count], *found], rest[cell.count :]
    return found


# --- the cells that layers hold ---------------------------------------------------------------------------------------

_CELLS = {
    "SimpleRNN": "SimpleRNNCell",
    "LSTM": "LSTMCell",
    "GRU": "GRUCell",
    "ConvLSTM1D": "ConvLSTMCell",
    "ConvLSTM2D": "ConvLSTMCell",
    "ConvLSTM3D": "ConvLSTMCell",
}


def own_cell(layer: Layer) -> Mapping[str, Layer]:
    """The cell that a layer makes from its own arguments."""
    kind = _CELLS[layer.kind]
    return {"cell": Layer(kind, layer.name, layer.config, generation=layer.generation, package=layer.package)}


def _held_cell(layer: Layer) -> Mapping[str, Layer]:
    cell = layer.config["cell"]
    if isinstance(cell, Layer):
        return {"cell": cell}
    return {"cell": replace(layer, kind="StackedRNNCells", name="cell", config={"cells": list(cell)})}


def _stacked_cells(layer: Layer) -> Mapping[str, Layer]:
    """The cells under the places that archives give them: by their classes, numbered."""
    from totfjs.sources.keras.parsing.attach import snake_case

    found: dict[str, Layer] = {}
    used: dict[str, int] = {}
    for cell in layer.config["cells"]:
        base = snake_case(cell.kind)
        number = used.get(base, 0)
        found[f"cells/{base}" + (f"_{number}" if number else "")] = cell
        used[base] = number + 1
    return found


def _stack(use: Use) -> Any:
    raise use.refuse("cells that are called by themselves cannot be a stack")


LAYERS = {
    **{name: Kind(rnn, children=own_cell) for name in ("SimpleRNN", "LSTM", "GRU")},
    "RNN": Kind(rnn, children=_held_cell),
    "StackedRNNCells": Kind(_stack, children=_stacked_cells),
}
