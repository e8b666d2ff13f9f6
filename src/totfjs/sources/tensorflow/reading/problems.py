"""What is said of TensorFlow files that are damaged, hostile, or something else than they should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from totfjs.errors import TensorFlowFileError, UnsafeTensorFlowFileError
from totfjs.graph.ops import OpError
from totfjs.wire import WireError


def damaged(path: Path, what: str) -> TensorFlowFileError:
    """The error for a file that is not what its format promises."""
    return TensorFlowFileError(f"{path} is damaged: {what}.", remedy="Save or download it again.")


def unsafe(path: Path, what: str) -> UnsafeTensorFlowFileError:
    """The error for a file whose reading would reach beyond its own directory, or take far more than it holds."""
    return UnsafeTensorFlowFileError(
        f"{path} is refused: {what}.", remedy="Save the model again from a source you trust."
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What is wrong with bytes that are read within is an error that names the file."""
    try:
        yield
    except OSError as error:
        raise TensorFlowFileError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Check that the file is there and may be read."
        ) from error
    except (WireError, OpError) as error:
        raise damaged(path, str(error)) from error
