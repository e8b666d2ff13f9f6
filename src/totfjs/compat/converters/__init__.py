"""`tensorflowjs.converters`: the functions that convert, and the command line as a function."""

from totfjs.compat.dtype_maps import save_keras_model

__all__ = ["save_keras_model"]
