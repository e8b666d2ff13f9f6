"""The names of the `tensorflowjs` package, for code that was written for it."""

from totfjs.compat import converters

__all__ = ["converters"]
