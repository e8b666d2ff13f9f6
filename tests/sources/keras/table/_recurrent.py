"""Keras' recurrent layers with weights of zeros, as rows give them others: random ones take a second to compile."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from keras import layers


def _of_zeros(kind: Any) -> Callable[..., Any]:
    @wraps(kind, updated=())
    def made(*places: Any, **arguments: Any) -> Any:
        return kind(*places, **{"kernel_initializer": "zeros", "recurrent_initializer": "zeros", **arguments})

    return made


SimpleRNN, LSTM, GRU = map(_of_zeros, (layers.SimpleRNN, layers.LSTM, layers.GRU))
SimpleRNNCell, LSTMCell, GRUCell = map(_of_zeros, (layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell))
ConvLSTM1D, ConvLSTM2D, ConvLSTM3D = map(_of_zeros, (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D))
