"""Weights in the layouts of older generations."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.keras.architecture import Call, Layer, Model, Ref
from totfjs.sources.keras.parsing.layouts import applied, check_backend, doubts, layout_of
from totfjs.weights.array import as_array


def converted(layer: Layer, *arrays: np.ndarray) -> list[np.ndarray]:
    """The arrays of a file as the layer has them."""
    layout = layout_of(layer, min(len(arrays), 3))
    assert layout is not None and layout.count == len(arrays)
    return [array.numpy() for _, array in applied(layout, [(str(i), as_array(item)) for i, item in enumerate(arrays)])]


def model_of(layer: Layer) -> Model:
    source = Layer("InputLayer", "x", {}, (Call(),))
    return Model("m", "Functional", (source, layer), Ref("x"), Ref(layer.name))


def test_gates_of_keras_1_are_put_side_by_side_in_the_present_order() -> None:
    gates = [np.full(shape, number, np.float32) for number in range(4) for shape in ((3, 1), (1, 1), (1,))]
    kernel, recurrent, bias = converted(Layer("LSTMCell", "cell", {}, generation=1), *gates)
    assert kernel.shape == (3, 4)
    assert kernel[0].tolist() == recurrent[0].tolist() == bias.tolist() == [0, 2, 1, 3]


def test_gates_that_keras_1_had_joined_stay_as_they_are() -> None:
    assert layout_of(Layer("LSTMCell", "cell", {"consume_less": "gpu"}, generation=1), 3) is None


def test_theanos_order_of_a_kernel() -> None:
    layer = Layer("Conv2D", "c", {"data_format": "channels_first"}, generation=1)
    kernel, bias = np.zeros((4, 2, 3, 5), np.float32), np.zeros(4, np.float32)
    assert [item.shape for item in converted(layer, kernel, bias)] == [(3, 5, 2, 4), (4,)]


def test_a_line_was_an_image() -> None:
    layer = Layer("Conv1D", "c", {}, generation=1)
    assert converted(layer, np.zeros((3, 1, 2, 4), np.float32))[0].shape == (3, 2, 4)
    assert converted(layer, np.zeros((4, 2, 3, 1), np.float32))[0].shape == (3, 2, 4)


def test_cudnn_adds_two_biases() -> None:
    layer = Layer("LSTMCell", "cell", {"cudnn": True}, generation=2)
    weights = np.zeros((3, 8), np.float32), np.zeros((2, 8), np.float32), np.arange(16, dtype=np.float32)
    assert converted(layer, *weights)[2].tolist() == [8 + 2 * n for n in range(8)]


def test_later_generations_have_the_present_layout() -> None:
    assert layout_of(Layer("Conv2D", "c", {"data_format": "channels_first"}, generation=2), 2) is None


def test_kernels_of_theano_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="saved by Keras on Theano"):
        check_backend(model_of(Layer("Conv2D", "c", {}, generation=2)), "theano")
    check_backend(model_of(Layer("Dense", "d", {}, generation=2)), "theano")
    check_backend(model_of(Layer("Conv2D", "c", {}, generation=2)), "tensorflow")


def test_what_may_be_of_theano_is_told() -> None:
    first = {"data_format": "channels_first"}
    assert "do not say whether Theano" in next(iter(doubts(model_of(Layer("Conv2D", "c", first, generation=1)))))
    assert not list(doubts(model_of(Layer("Conv2D", "c", first, generation=2))))
