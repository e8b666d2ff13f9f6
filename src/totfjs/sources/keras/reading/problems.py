"""What is said of Keras files that are damaged or hostile, and the one place where errors of h5py become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from totfjs.errors import KerasFileError, UnsafeKerasFileError

# What h5py raises depends on its version and on the byte that is wrong.
_BROKEN = (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError, SystemError)


def damaged(path: Path, what: str) -> KerasFileError:
    """The error for a file that is not what its format promises."""
    return KerasFileError(f"{path} is damaged: {what}.", remedy="Save or download it again.")


def unsafe(path: Path, what: str) -> UnsafeKerasFileError:
    """The error for a file whose reading would reach beyond its own bytes."""
    return UnsafeKerasFileError(f"{path} is refused: {what}.", remedy="Save the model again from a source you trust.")


def unreadable(path: Path, what: str) -> KerasFileError:
    """The error for a file that is stored in a way which Keras itself does not write."""
    return KerasFileError(f"{path} is stored in an unusual way: {what}.", remedy="Save the model with Keras again.")


def foreign(path: Path, what: str) -> KerasFileError:
    """The error for a sound file of something else."""
    return KerasFileError(f"{path} is {what}.", remedy="Give a model that Keras saved, as .keras or .h5.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a parser raises within is an error that names the file."""
    try:
        yield
    except _BROKEN as error:
        text = " ".join(str(error).split()).strip(" .'\"") or type(error).__name__
        raise damaged(path, text) from error
