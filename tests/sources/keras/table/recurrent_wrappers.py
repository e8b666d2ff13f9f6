"""Layers around layers: Bidirectional in every mode, TimeDistributed around layers of all sorts."""

from __future__ import annotations

from typing import Any

from keras import Input, Model, Sequential, layers

from tests.sources.keras.row import floats, integers, model, row
from tests.sources.keras.table._recurrent import GRU, LSTM, ConvLSTM1D, GRUCell, LSTMCell, SimpleRNN
from tests.sources.keras.table.recurrent import _padded

MODES = ("concat", "sum", "ave", "mul", None)


def _both(kind: Any = LSTM, merge: str | None = "concat", **arguments: Any) -> Any:
    return layers.Bidirectional(kind(4, **arguments), merge_mode=merge)


def _two_layers() -> Any:
    backward = GRU(3, return_sequences=True, go_backwards=True, activation="relu", name="other")
    return layers.Bidirectional(LSTM(4, return_sequences=True), backward_layer=backward)


def _with_states() -> Any:
    x, states = Input((5, 3)), [Input((4,)) for _ in range(4)]
    return Model([x, *states], _both(return_state=True)(x, initial_state=states))


def _after_masking(*made: Any) -> Any:
    return Sequential([Input((6, 3)), layers.Masking(), *(make() for make in made)])


def _masked_graph() -> Any:
    x = Input((6, 3))
    return Model(x, _both(return_sequences=True, return_state=True)(layers.Masking()(x)))


def _any_length(make: Any, *features: int | None) -> Any:
    x = Input((None, *features))
    return Model(x, make()(x))


def _small_model() -> Any:
    x = Input((4,))
    return Model(x, layers.Dense(2)(x) + layers.Dense(2, activation="relu")(x))


def _small_sequential() -> Any:
    return Sequential([Input((4,)), layers.Dense(3, activation="relu"), layers.BatchNormalization(), layers.Dense(2)])


MASKED = _padded(6, 4, -2, 0)
ROWS = [
    *(row(f"Bidirectional/{mode}", lambda mode=mode: _both(merge=mode), (5, 3)) for mode in MODES),
    *(
        row(f"Bidirectional/{mode}, sequences", lambda mode=mode: _both(merge=mode, return_sequences=True), (5, 3))
        for mode in MODES
    ),
    *(
        row(
            f"Bidirectional/{mode}, states",
            lambda mode=mode: _both(merge=mode, return_sequences=True, return_state=True),
            (5, 3),
        )
        for mode in ("concat", None)
    ),
    row("Bidirectional/GRU", lambda: _both(GRU), (5, 3)),
    row("Bidirectional/SimpleRNN, unrolled", lambda: _both(SimpleRNN, unroll=True), (5, 3)),
    row("Bidirectional/backwards first", lambda: _both(go_backwards=True, return_sequences=True), (5, 3)).with_(
        make=lambda: _backwards_first()
    ),
    row("Bidirectional/two layers", _two_layers, (5, 3)),
    row("Bidirectional/stack", lambda: layers.Bidirectional(layers.RNN([LSTMCell(4), GRUCell(2)])), (5, 3)),
    row("Bidirectional/ConvLSTM1D", lambda: layers.Bidirectional(ConvLSTM1D(2, 3)), (3, 6, 2)),
    model("Bidirectional/initial state", _with_states, (5, 3), (4,), (4,), (4,), (4,)),
    model("Bidirectional/any length", lambda: _any_length(lambda: _both(return_sequences=True), 3), (5, 3)),
    model("Bidirectional/masked", lambda: _after_masking(_both), MASKED),
    model("Bidirectional/sequences masked", lambda: _after_masking(lambda: _both(return_sequences=True)), MASKED),
    model(
        "Bidirectional/sequences masked, twice",
        lambda: _after_masking(lambda: _both(GRU, return_sequences=True), _both),
        MASKED,
    ),
    model(
        "Bidirectional/sequences masked, unrolled",
        lambda: _after_masking(lambda: _both(return_sequences=True, unroll=True)),
        MASKED,
    ),
    model("Bidirectional/states masked", _masked_graph, MASKED),
    model(
        "Bidirectional/any length masked",
        lambda: Sequential([Input((None, 3)), layers.Masking(), _both(GRU, return_sequences=True), _both()]),
        MASKED,
    ),
    row("TimeDistributed/Dense", lambda: layers.TimeDistributed(layers.Dense(4, activation="tanh")), (5, 3)),
    row("TimeDistributed/Conv2D", lambda: layers.TimeDistributed(layers.Conv2D(2, 2, strides=2)), (3, 5, 4, 2)),
    row("TimeDistributed/pool", lambda: layers.TimeDistributed(layers.MaxPooling2D()), (3, 4, 4, 2)),
    row("TimeDistributed/Flatten", lambda: layers.TimeDistributed(layers.Flatten()), (3, 4, 2)),
    row("TimeDistributed/BatchNormalization", lambda: layers.TimeDistributed(layers.BatchNormalization()), (3, 4)),
    row("TimeDistributed/Dropout", lambda: layers.TimeDistributed(layers.Dropout(0.5)), (3, 4)),
    row("TimeDistributed/LSTM", lambda: layers.TimeDistributed(LSTM(3)), (2, 4, 3)),
    row(
        "TimeDistributed/TimeDistributed",
        lambda: layers.TimeDistributed(layers.TimeDistributed(layers.Dense(2))),
        (2, 3, 4),
    ),
    row("TimeDistributed/Bidirectional", lambda: layers.TimeDistributed(_both(GRU, "sum")), (2, 4, 3)),
    row("TimeDistributed/Sequential", lambda: layers.TimeDistributed(_small_sequential()), (5, 4)),
    row("TimeDistributed/Functional", lambda: layers.TimeDistributed(_small_model()), (5, 4)),
    row("TimeDistributed/one step", lambda: layers.TimeDistributed(layers.Dense(4)), (1, 3)),
    row("TimeDistributed/Embedding", lambda: layers.TimeDistributed(layers.Embedding(7, 2)), integers(0, 7, 3, 5, 4)),
    row("TimeDistributed/stateful", lambda: layers.TimeDistributed(LSTM(3, stateful=True)), floats(3, 2, 4, 3)).with_(
        make=lambda: _stateful(), refused="is stateful", eager=True
    ),
    model(
        "TimeDistributed/any length",
        lambda: _any_length(lambda: layers.TimeDistributed(layers.Dense(4)), 3),
        (5, 3),
    ),
    model(
        "TimeDistributed/any length, any size",
        lambda: _any_length(lambda: layers.TimeDistributed(layers.Conv2D(2, 3, padding="same")), None, None, 2),
        (2, 5, 4, 2),
    ),
    model(
        "TimeDistributed/any length of any length",
        lambda: _any_length(lambda: layers.TimeDistributed(LSTM(3)), None, 2),
        (3, 4, 2),
    ),
    model(
        "TimeDistributed/masked",
        lambda: _after_masking(lambda: layers.TimeDistributed(layers.Dense(4)), lambda: GRU(3)),
        MASKED,
    ),
]


def _stateful() -> Any:
    x = Input(batch_shape=(3, 2, 4, 3))
    return Model(x, layers.TimeDistributed(LSTM(3, stateful=True))(x))


def _backwards_first() -> Any:
    x = Input((5, 3))
    forward = GRU(4, return_sequences=True, go_backwards=True)
    return Model(x, layers.Bidirectional(forward, backward_layer=GRU(4, return_sequences=True))(x))
