"""Recurrent layers: every argument that changes what they compute, states, masks, steps that are not known."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import Row, awkward, floats, integers, model, row

KINDS = (layers.SimpleRNN, layers.LSTM, layers.GRU)


def _alone(kind: Any, **arguments: Any) -> Row:
    said = ", ".join(f"{key}={value}" for key, value in arguments.items())
    return row(f"{kind.__name__}/{said}" if said else kind.__name__, lambda: kind(4, **arguments), (5, 3))


def _padded(*steps: int, features: int = 3, width: int = 6) -> np.ndarray:
    """Sequences of so many steps, the rest of which are zeros; negative numbers put the zeros first."""
    x = floats(len(steps), width, features)
    for index, count in enumerate(steps):
        if count >= 0:
            x[index, count:] = 0
        else:
            x[index, : width + count] = 0
    return x


def _masked(*made: Any) -> Any:
    """The layers after a Masking, of sequences that have six steps."""
    x = y = Input((6, 3))
    y = layers.Masking()(y)
    for layer in made:
        y = layer(y)
    return Model(x, y)


def _after_masking(label: str, *made: Any, **properties: Any) -> Row:
    """Sequences which end early, have gaps, start late, are nothing but padding."""
    x = _padded(6, 4, -2, 0)
    x[0, 2:4] = 0
    return model(f"{label} masked", lambda: _masked(*(make() for make in made)), x, **properties)


def _any_length(make: Any) -> Any:
    x = Input((None, 3))
    return Model(x, make()(x))


def _with_states(make: Any, *sizes: int, named: bool = False) -> Any:
    x, states = Input((5, 3)), [Input((size,)) for size in sizes]
    return Model([x, *states], make()(x, initial_state=states) if named else make()(x, states))


def _stacked() -> Any:
    return layers.RNN(
        [layers.LSTMCell(4), layers.GRUCell(3), layers.LSTMCell(2, use_bias=False)], return_sequences=True
    )


ARGUMENTS: tuple[dict[str, Any], ...] = (
    {},
    {"return_sequences": True},
    {"return_state": True},
    {"return_sequences": True, "return_state": True, "go_backwards": True},
    {"go_backwards": True},
    {"use_bias": False},
    {"unroll": True},
    {"activation": "relu"},
    {"activation": None},
    {"dropout": 0.3, "recurrent_dropout": 0.2},
    {"use_cudnn": False},
)
ROWS = [
    *(
        _alone(kind, **arguments)
        for kind in KINDS
        for arguments in ARGUMENTS
        if kind is not layers.SimpleRNN or "use_cudnn" not in arguments
    ),
]
