"""What older generations of Keras called otherwise: classes, arguments, defaults."""

from __future__ import annotations

from typing import Any

# Classes under their present names.
_CLASSES = {"BatchNormalizationV1": "BatchNormalization", "UnifiedGRU": "GRU", "UnifiedLSTM": "LSTM"}
_ARGUMENTS = {"batch_input_shape": "batch_shape"}


def in_words_of_keras_3(kind: str, config: dict[str, Any], generation: int, package: str) -> tuple[str, dict[str, Any]]:
    """A class and its arguments as Keras 3 names them."""
    renamed = {_ARGUMENTS.get(key, key): value for key, value in config.items()}
    return _CLASSES.get(kind, kind), renamed
