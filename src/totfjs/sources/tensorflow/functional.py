"""Frames of TensorFlow 1."""

from totfjs.sources.tensorflow.program import Body


def functional(body: Body) -> Body:
    """The body itself for now."""
    return body
