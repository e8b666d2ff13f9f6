"""Arguments of older generations in the words of Keras 3; the fixtures hold whole models of theirs."""

from __future__ import annotations

from typing import Any

import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.keras.parsing.renamed import in_words_of_keras_3

CONVOLUTION = {"name": "c", "nb_filter": 4, "nb_row": 3, "nb_col": 2, "border_mode": "same", "subsample": [2, 1],
               "dim_ordering": "th", "bias": False, "init": "uniform"}  # fmt: skip


def renamed(kind: str, generation: int = 1, **config: Any) -> tuple[str, dict[str, Any]]:
    return in_words_of_keras_3(kind, config, generation, "keras.layers")


def test_a_convolution_of_keras_1() -> None:
    assert renamed("Convolution2D", **CONVOLUTION) == (
        "Conv2D",
        {"name": "c", "filters": 4, "kernel_size": [3, 2], "padding": "same", "strides": [2, 1],
         "data_format": "channels_first", "use_bias": False, "kernel_initializer": "uniform"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        ("Dense", {"output_dim": 4, "input_dim": 3, "W_regularizer": None}, {"units": 4, "kernel_regularizer": None}),
        ("Embedding", {"input_dim": 9, "output_dim": 4}, {"input_dim": 9, "output_dim": 4}),
        ("Dropout", {"p": 0.5}, {"rate": 0.5}),
        ("LSTM", {"output_dim": 2, "inner_activation": "sigmoid"}, {"units": 2, "recurrent_activation": "sigmoid"}),
        ("MaxPooling1D", {"pool_length": 3, "stride": 2}, {"pool_size": 3, "strides": 2}),
        ("ZeroPadding2D", {"padding": [1, 2, 3, 4]}, {"padding": [[1, 2], [3, 4]]}),
        (
            "ZeroPadding2D",
            {"padding": {"top_pad": 1, "bottom_pad": 2, "left_pad": 3, "right_pad": 4}},
            {"padding": [[1, 2], [3, 4]]},
        ),
        ("ZeroPadding1D", {"padding": {"left_pad": 1, "right_pad": 2}}, {"padding": [1, 2]}),
        ("Dense", {"batch_input_shape": [None, 3]}, {"batch_shape": [None, 3]}),
    ],
)
def test_arguments_of_keras_1(kind: str, config: dict[str, Any], expected: dict[str, Any]) -> None:
    assert renamed(kind, **config)[1] == expected


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("sum", "Add"), ("mul", "Multiply"), ("ave", "Average"), ("max", "Maximum"), ("dot", "Dot")],
)
def test_a_merge_is_the_layer_of_its_mode(mode: str, kind: str) -> None:
    assert renamed("Merge", mode=mode, mode_type="raw")[0] == kind


def test_a_later_generation_keeps_its_words() -> None:
    assert renamed("Dense", 2, units=4, p=1) == ("Dense", {"units": 4, "p": 1})


def test_a_cudnn_layer_has_the_one_algorithm_of_cudnn() -> None:
    kind, config = renamed("CuDNNGRU", 2, units=4)
    assert kind == "GRU"
    assert config["reset_after"] and config["recurrent_activation"] == "sigmoid"


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("Merge", {"name": "m", "mode": "lambda x: x", "mode_type": "lambda"}, "m, of Keras 1: its mode"),
        ("Merge", {"name": "m", "mode": "cos"}, "no layer of today has"),
        ("BatchNormalization", {"mode": 1}, "normalises by the batch at inference"),
        ("MaxPooling2D", {"dim_ordering": "default"}, "what one machine was set to"),
        ("SeparableConvolution2D", {"dim_ordering": "th"}, "laid out its kernels otherwise"),
    ],
)
def test_what_has_no_counterpart_is_refused(kind: str, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        renamed(kind, **config)
