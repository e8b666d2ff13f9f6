"""Configurations of Keras 1, 2, tf-keras and Keras 3 → the one form of `architecture`, with weights attached."""

from totfjs.sources.keras.parsing.attach import attach, grown
from totfjs.sources.keras.parsing.model import parse_model

__all__ = ["attach", "grown", "parse_model"]
