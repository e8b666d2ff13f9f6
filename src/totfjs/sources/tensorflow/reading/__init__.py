"""Files of TensorFlow → Program, Signatures, variables. Files are parsed, never run; hostile ones are refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from totfjs.errors import SourceError
from totfjs.sources.tensorflow.saved import Saved

__all__ = ["read_saved"]


def read_saved(path: Path, tags: Sequence[str], outputs: Sequence[str] | None = None) -> Saved:
    """Whatever TensorFlow wrote at a path. `outputs` are those of a frozen graph; else all that nobody reads."""
    if path.name in ("saved_model.pb", "saved_model.pbtxt"):
        path = path.parent
    if (path / "export.meta").is_file():
        raise SourceError(
            f"{path} is a session bundle, which TensorFlow has not written since 2016.",
            remedy="Load it with TensorFlow 1 and save it with tf.compat.v1.saved_model.simple_save.",
        )
    if path.is_dir():
        from totfjs.sources.tensorflow.reading.saved_model import read_saved_model

        return read_saved_model(path, tags)
    from totfjs.sources.tensorflow.reading.frozen import read_frozen

    return read_frozen(path, outputs)
