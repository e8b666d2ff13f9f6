"""Weights on their way to a web model: lazy arrays, dtype narrowing, quantization, shards and manifest."""

from totfjs.weights.array import Array, Deferred, Dense, FileSlice, Mapped, Reshaped, as_array

__all__ = ["Array", "Deferred", "Dense", "FileSlice", "Mapped", "Reshaped", "as_array"]
