"""What older generations of Keras called otherwise: classes, arguments, defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from totfjs.errors import UnsupportedError

Config = dict[str, Any]

# Classes under their present names.
_CLASSES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "UnifiedGRU": "GRU",
    "UnifiedLSTM": "LSTM",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
}
_ARGUMENTS = {"batch_input_shape": "batch_shape"}
# The one algorithm that cuDNN has, in the arguments of the layers that it stands for.
_CUDNN = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "cudnn": True}

# --- Keras 1 ---

_CLASSES_1 = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconv2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "SeparableConv2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
_ARGUMENTS_1 = {
    "output_dim": "units",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample": "strides",
    "subsample_length": "strides",
    "border_mode": "padding",
    "atrous_rate": "dilation_rate",
    "bias": "use_bias",
    "pool_length": "pool_size",
    "stride": "strides",
    "length": "size",
    "p": "rate",
    "sigma": "stddev",
    "inner_activation": "recurrent_activation",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "input_dtype": "dtype",
    **{f"{letter}_{what}": f"{word}_{what}" for letter, word in (("W", "kernel"), ("U", "recurrent"), ("b", "bias"))
       for what in ("regularizer", "constraint")},
}  # fmt: skip
# Arguments that are the same in an Embedding, whose own weights have other names.
_EMBEDDING_1 = {
    "init": "embeddings_initializer",
    "W_regularizer": "embeddings_regularizer",
    "W_constraint": "embeddings_constraint",
    "input_dtype": "dtype",
}
_SIZES_1 = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_ORDERS_1 = {"th": "channels_first", "tf": "channels_last"}
_MERGES_1 = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"}


def in_words_of_keras_3(kind: str, config: Config, generation: int, package: str) -> tuple[str, Config]:
    """A class and its arguments as Keras 3 names them."""
    if generation == 1:
        kind, config = _of_keras_1(kind, config)
    names = _ARGUMENTS if kind != "LeakyReLU" else {**_ARGUMENTS, "alpha": "negative_slope"}
    config = {names.get(key, key): _of_numpy(value) for key, value in config.items()}
    if kind in ("CuDNNLSTM", "CuDNNGRU"):
        config = {**config, **_CUDNN, "reset_after": True}
    return _CLASSES.get(kind, kind), config


def _of_numpy(value: Any) -> Any:
    """A number or list, which Keras 1 and 2 wrote with its type where it was of numpy's."""
    match value:
        case {"type": "ndarray", "value": inner}:
            return inner
    return value


def _of_keras_1(kind: str, config: Config) -> tuple[str, Config]:
    if kind == "Merge":
        return _merge(config)
    names: Mapping[str, str] = _EMBEDDING_1 if kind == "Embedding" else _ARGUMENTS_1
    present = {names.get(key, key): value for key, value in config.items() if not _is_idle(kind, key)}
    for parts in _SIZES_1:
        if parts[0] in config:
            present["kernel_size"] = [config[part] for part in parts]
    if "dim_ordering" in config:
        present["data_format"] = _order(config["dim_ordering"], config)
    adapt = _ADAPTED.get(kind)
    return _CLASSES_1.get(kind, kind), adapt(present) if adapt is not None else present


def _is_idle(kind: str, key: str) -> bool:
    """Arguments that say nothing of the mathematics, or are said by others."""
    if key in ("dim_ordering", "nb_row", "nb_col", "input_length", "forget_bias_init"):
        return True
    return key.startswith("kernel_dim") or (key == "input_dim" and kind != "Embedding")


def _order(value: Any, config: Mapping[str, Any]) -> str:
    if value not in _ORDERS_1:
        raise _refused(config, f"its dim_ordering {value!r} is what one machine was set to")
    return _ORDERS_1[value]


def _merge(config: Config) -> tuple[str, Config]:
    """A Merge as the layer that its mode names."""
    mode = config.get("mode")
    if not isinstance(mode, str) or mode not in _MERGES_1 or config.get("mode_type", "raw") != "raw":
        raise _refused(config, f"its mode {mode!r} is Python code, or one that no layer of today has")
    kept: Config = {key: config[key] for key in config if key in ("name", "trainable", "layers")}
    if mode == "concat":
        kept["axis"] = config.get("concat_axis", -1)
    if mode == "dot":
        kept["axes"] = config.get("dot_axes", -1)
    return _MERGES_1[mode], kept


def _batch_normalization(config: Config) -> Config:
    if config.get("mode", 0) != 0:
        raise _refused(config, "its mode normalises by the batch at inference too")
    return config


def _padding(config: Config) -> Config:
    """Amounts in a dict, or four of them, as pairs."""
    match config.get("padding"):
        case {"top_pad": top, "bottom_pad": bottom, "left_pad": left, "right_pad": right}:
            return {**config, "padding": [[top, bottom], [left, right]]}
        case {"left_pad": left, "right_pad": right}:
            return {**config, "padding": [left, right]}
        case [int(top), int(bottom), int(left), int(right)]:
            return {**config, "padding": [[top, bottom], [left, right]]}
    return config


def _separable(config: Config) -> Config:
    if config.get("data_format") == "channels_first":
        raise _refused(config, "Keras 1 laid out its kernels otherwise where channels come first")
    return config


_ADAPTED: Mapping[str, Callable[[Config], Config]] = {
    "BatchNormalization": _batch_normalization,
    "ZeroPadding1D": _padding,
    "ZeroPadding2D": _padding,
    "SeparableConvolution2D": _separable,
    "SeparableConv2D": _separable,
}


def _refused(config: Mapping[str, Any], what: str) -> UnsupportedError:
    name = str(config.get("name") or "A layer")
    return UnsupportedError(
        f"{name}, of Keras 1: {what}.", remedy="Build the model anew in a Keras of today.", place=name
    )
