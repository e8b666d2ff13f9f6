"""The way back: a model of layers as `.keras` or `.h5`, which Keras 3 opens."""

from totfjs.sources.keras.writing.files import write_keras

__all__ = ["write_keras"]
