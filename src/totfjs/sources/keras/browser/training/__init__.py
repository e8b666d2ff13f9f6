"""The compile state of a Keras model as the `trainingConfig` that tfjs-layers honours."""

from totfjs.sources.keras.browser.training.compiled import Compiled, compiled

__all__ = ["Compiled", "compiled"]
