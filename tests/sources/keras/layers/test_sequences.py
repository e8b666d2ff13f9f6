"""What users are told of recurrent layers: states that are not kept, arguments that files cannot hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import Input, Model, layers

from totfjs.errors import UnsupportedError
from totfjs.sources.keras import opened
from totfjs.sources.keras.live import saved_of


def _source(model: Any) -> Any:
    source = opened(saved_of(model))
    source.graph()
    return source


def _stateful(**arguments: Any) -> Any:
    x = Input(batch_shape=(2, 5, 3))
    return Model(x, layers.LSTM(4, stateful=True, name="memory", **arguments)(x))


def test_a_stateful_layer_says_that_its_state_is_not_kept() -> None:
    (note,) = [note for note in _source(_stateful()).notes if "stateful" in note]
    assert note == (
        "memory (LSTM): it is stateful, and a web model keeps nothing from one call to the next: every call starts "
        "from states of zeros, as after reset_states(). To carry them, build the model with return_state=True and "
        "initial_state inputs."
    )


def test_a_layer_that_is_not_stateful_says_nothing() -> None:
    x = Input((5, 3))
    assert not [note for note in _source(Model(x, layers.LSTM(4)(x))).notes if "stateful" in note]


def test_masked_steps_of_an_unrolled_layer_are_those_of_jax() -> None:
    x = Input((5, 3))
    layer = layers.LSTM(4, unroll=True, zero_output_for_mask=True, return_sequences=True)
    (note,) = [note for note in _source(Model(x, layer(layers.Masking()(x)))).notes if "unrolled" in note]
    assert note.endswith("it is unrolled, and gives at masked steps what it gave before, as Keras does on JAX.")


def test_an_initial_state_of_numbers_is_refused() -> None:
    x = Input(batch_shape=(2, 5, 3))
    model = Model(x, layers.GRU(4)(x, initial_state=np.ones((2, 4), np.float32)))
    with pytest.raises(UnsupportedError, match="initial state is not made of tensors of the model"):
        _source(model)


def test_the_number_of_initial_states_is_that_of_the_cells() -> None:
    from dataclasses import replace

    x, h, c = Input((5, 3)), Input((4,)), Input((4,))
    source = opened(saved_of(Model([x, h, c], layers.LSTM(4)(x, [h, c]))))
    *inputs, lstm = source.model.layers
    (call,) = lstm.calls
    for states, said in (((call.args[1][0],), "few"), ((*call.args[1], call.args[1][0]), "many")):
        changed = replace(lstm, calls=(replace(call, args=(call.args[0], list(states))),))
        model = replace(source.model, layers=(*inputs, changed))
        with pytest.raises(UnsupportedError, match=f"{len(states)} initial states, which are too {said}"):
            replace(source, model=model).graph()
