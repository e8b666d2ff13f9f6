"""Recurrent layers: every argument that changes what they compute, states, masks, steps that are not known."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers

from tests.sources.keras.row import Row, awkward, floats, integers, model, row
from tests.sources.keras.table._recurrent import GRU, LSTM, GRUCell, LSTMCell, SimpleRNN, SimpleRNNCell

KINDS = (SimpleRNN, LSTM, GRU)


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
    return Sequential([Input((6, 3)), layers.Masking(), *made])


def _masked_graph(make: Any) -> Any:
    """The same as a functional model, where Keras writes how the mask is computed."""
    x = Input((6, 3))
    return Model(x, make()(layers.Masking()(x)))


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


def _stacked(**arguments: Any) -> Any:
    cells = [LSTMCell(4), GRUCell(3), LSTMCell(2, use_bias=False)]
    return layers.RNN(cells, **arguments)


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


def _one_cell(kind: Any, **arguments: Any) -> Any:
    return lambda: layers.RNN(kind(4, **arguments), return_sequences=True)


def _called_cell() -> Any:
    x, h, c = Input((3,)), Input((4,)), Input((4,))
    y, states = LSTMCell(4)(x, [h, c])
    return Model([x, h, c], [y, *states])


def _stateful() -> Any:
    x = Input(batch_shape=(3, 5, 3))
    return Model(x, LSTM(4, stateful=True)(x))


def _embedded() -> Any:
    x = Input((6,), dtype="int32")
    y = layers.Embedding(7, 3, mask_zero=True)(x)
    y = LSTM(4, return_sequences=True)(y)
    return Model(x, GRU(3)(y))


def _masked_with_states() -> Any:
    x, h = Input((6, 3)), Input((4,))
    y = GRU(4, return_sequences=True)(layers.Masking()(x), initial_state=h)
    return Model([x, h], [y, SimpleRNN(2)(y)])


def _masked_by_hand(**arguments: Any) -> Any:
    x, mask, h = Input((5, 3)), Input((5,), dtype="bool"), Input((4,))
    layer = GRU(4, return_sequences=True, return_state=True, **arguments)
    return Model([x, mask, h], layer(x, initial_state=[h], mask=mask))


def _encoder_and_decoder() -> Any:
    source, target = Input((None, 3)), Input((None, 2))
    _, h, c = LSTM(4, return_state=True)(source)
    y = LSTM(4, return_sequences=True)(target, initial_state=[h, c])
    return Model([source, target], layers.Dense(2)(y))


def _called_twice() -> Any:
    x, y, shared = Input((5, 3)), Input((2, 3)), LSTM(4)
    return Model([x, y], layers.Concatenate()([shared(x), shared(y), shared(x[:, :3])]))


def _nested() -> Any:
    inside = Sequential([Input((5, 3)), layers.Bidirectional(LSTM(2, return_sequences=True)), GRU(3)])
    x = Input((5, 3))
    return Model(x, layers.Dense(2)(inside(x)))


def _odd_mask() -> Any:
    x, mask = Input((5, 3)), Input((5, 1), dtype="bool")
    return Model([x, mask], LSTM(4)(x, mask=mask))


@keras.saving.register_keras_serializable("tests")
class OwnCell(keras.layers.SimpleRNNCell):
    """A cell of one's own."""


def _own_cell(stacked: bool = False) -> Any:
    x = Input((5, 3))
    return Model(x, layers.RNN([GRUCell(2), OwnCell(3)] if stacked else OwnCell(4))(x))


ACTIVATIONS = ("sigmoid", "hard_sigmoid", "softmax", "elu", "selu", "softplus", "gelu", "log_softmax", "leaky_relu")
LONG = floats(2, 500, 2)
ROWS = [
    *(
        _alone(kind, **arguments)
        for kind in KINDS
        for arguments in ARGUMENTS
        if kind is not SimpleRNN or "use_cudnn" not in arguments
    ),
    *(_alone(kind, recurrent_activation=name) for kind in KINDS[1:] for name in ("hard_sigmoid", "softmax", None)),
    *(_alone(LSTM, activation=name) for name in ACTIVATIONS),
    _alone(LSTM, unit_forget_bias=False),
    _alone(GRU, reset_after=False),
    _alone(GRU, reset_after=False, use_bias=False, return_sequences=True),
    _alone(GRU, reset_after=False, recurrent_activation="softmax", go_backwards=True),
    *(row(f"{kind.__name__}/one step", lambda kind=kind: kind(4), (1, 3)) for kind in KINDS),
    *(row(f"{kind.__name__}/one of each", lambda kind=kind: kind(1), floats(1, 3, 1)) for kind in KINDS),
    *(row(f"{kind.__name__}/not numbers", lambda kind=kind: kind(4), awkward(3, 5, 3)) for kind in KINDS),
    row("LSTM/whole numbers", lambda: LSTM(4), integers(-3, 4, 3, 5, 3)),
    row("LSTM/64 steps", lambda: LSTM(8, return_sequences=True), (64, 3)),
    # States.
    *(
        model(f"{kind.__name__}/initial state", lambda kind=kind: _with_states(lambda: kind(4), 4), (5, 3), (4,))
        for kind in (SimpleRNN, GRU)
    ),
    model("LSTM/initial state", lambda: _with_states(lambda: LSTM(4), 4, 4), (5, 3), (4,), (4,)),
    model(
        "LSTM/initial state by name, backwards",
        lambda: _with_states(lambda: LSTM(4, return_state=True, go_backwards=True), 4, 4, named=True),
        (5, 3),
        (4,),
        (4,),
    ),
    model("LSTM/encoder and decoder", _encoder_and_decoder, (5, 3), (4, 2)),
    model("LSTM/stateful", _stateful, (5, 3), eager=True),
    # Cells.
    *(row(f"RNN/{kind.__name__}", _one_cell(kind), (5, 3)) for kind in (SimpleRNNCell, LSTMCell, GRUCell)),
    row("RNN/GRUCell, reset before", _one_cell(GRUCell, reset_after=False, use_bias=False), (5, 3)),
    row("RNN/LSTMCell, activations", _one_cell(LSTMCell, activation="relu", recurrent_activation="tanh"), (5, 3)),
    row("RNN/stack", lambda: _stacked(), (5, 3)),
    row("RNN/stack, sequences", lambda: _stacked(return_sequences=True, return_state=True), (5, 3)),
    row("RNN/stack, backwards", lambda: _stacked(return_sequences=True, go_backwards=True), (5, 3)),
    model(
        "RNN/stack, initial state",
        lambda: _with_states(lambda: layers.RNN([GRUCell(4), GRUCell(2)]), 4, 2),
        (5, 3),
        (4,),
        (2,),
    ),
    model("LSTMCell/called by itself", _called_cell, (3,), (4,), (4,)),
    # Masks.
    *(_after_masking(kind.__name__, lambda kind=kind: kind(4)) for kind in KINDS),
    *(
        _after_masking(f"{kind.__name__}/sequences", lambda kind=kind: kind(4, return_sequences=True), layers.Flatten)
        for kind in KINDS
    ),
    _after_masking("LSTM/backwards", lambda: LSTM(4, return_sequences=True, go_backwards=True)),
    _after_masking("LSTM/twice", lambda: LSTM(4, return_sequences=True), lambda: LSTM(3)),
    model("LSTM/states masked", lambda: _masked_graph(lambda: LSTM(4, return_state=True)), _padded(6, 4, -2, 0)),
    _after_masking("LSTM/zeros", lambda: LSTM(4, return_sequences=True, zero_output_for_mask=True)),
    _after_masking("LSTM/zeros, last", lambda: LSTM(4, zero_output_for_mask=True)),
    _after_masking("LSTM/zeros, unrolled", lambda: LSTM(4, zero_output_for_mask=True, unroll=True)),
    _after_masking("LSTM/unrolled", lambda: LSTM(4, return_sequences=True, unroll=True)),
    _after_masking("RNN/stack", lambda: _stacked(return_sequences=True), lambda: GRU(2)),
    model(
        "RNN/stack, backwards masked",
        lambda: _masked_graph(lambda: _stacked(go_backwards=True, return_state=True)),
        _padded(6, 4, -2, 0),
    ),
    model("LSTM/after an Embedding masked", _embedded, integers(0, 3, 4, 6)),
    model("GRU/initial state masked", _masked_with_states, _padded(6, 4, -2, 0), floats(4, 4)),
    *(
        model(
            f"GRU/mask and states by hand{', unrolled' if unroll else ''}",
            lambda unroll=unroll: _masked_by_hand(unroll=unroll),
            floats(4, 5, 3),
            integers(0, 2, 4, 5, dtype="bool"),
            floats(4, 4),
        )
        for unroll in (False, True)
    ),
    # Steps whose number is not known, or large.
    *(model(f"{kind.__name__}/any length", lambda kind=kind: _any_length(lambda: kind(4)), (7, 3)) for kind in KINDS),
    *(
        model(
            f"{kind.__name__}/any length, all of it",
            lambda kind=kind: _any_length(lambda: kind(4, return_sequences=True, return_state=True, go_backwards=True)),
            (7, 3),
        )
        for kind in KINDS
    ),
    model("GRU/any length, reset before", lambda: _any_length(lambda: GRU(4, reset_after=False)), (7, 3)),
    model("RNN/any length, stack", lambda: _any_length(lambda: _stacked(return_sequences=True)), (7, 3)),
    model(
        "LSTM/any length masked",
        lambda: Sequential([Input((None, 3)), layers.Masking(), LSTM(4, return_sequences=True), GRU(2)]),
        _padded(6, 4, -2, 0),
    ),
    *(
        model(f"LSTM/any length, {name}", lambda name=name: _any_length(lambda: LSTM(4, name)), (7, 3))
        for name in ("hard_sigmoid", "softmax", "gelu", "selu", "leaky_relu")
    ),
    row("LSTM/500 steps", lambda: LSTM(2, return_sequences=True), LONG),
    # Whole models.
    model("LSTM/called twice", _called_twice, (5, 3), (2, 3)),
    model("LSTM/in a model in a model", _nested, (5, 3)),
    # What is refused.
    model("RNN/a cell of one's own", _own_cell, (5, 3), refused=r"OwnCell.*class of one's own"),
    model("RNN/a stack with a cell of one's own", lambda: _own_cell(stacked=True), (5, 3), refused="OwnCell"),
    model(
        "LSTM/states in a Sequential",
        lambda: Sequential([Input((5, 3)), LSTM(4, return_state=True)]),
        (5, 3),
        refused="gives several tensors inside of",
    ),
    model("LSTM/a mask of three dims", _odd_mask, (5, 3), integers(0, 2, 3, 5, 1, dtype="bool"), refused="3 dims"),
]
