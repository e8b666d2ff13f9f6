"""Arrays by name in an `.npz` file: what `run` reads and writes, and the pairs of `verify`."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from totfjs.errors import ModelFileError
from totfjs.weights.disk import writing


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a file; pickled objects are refused."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Give an .npz file with the arrays by name."
        ) from error
    except (ValueError, AttributeError, TypeError, EOFError, BadZipFile, NotImplementedError, zlib.error) as error:
        raise ModelFileError(
            f"{path} is not a readable .npz file of arrays.", remedy="Save the arrays by name with numpy.savez."
        ) from error


def read_array(path: str | Path) -> np.ndarray:
    """The array of an `.npy` file; pickled objects are refused."""
    try:
        found = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Give an .npy file."
        ) from error
    except (ValueError, TypeError, EOFError, BadZipFile) as error:
        raise ModelFileError(
            f"{path} is not a readable .npy file of an array.", remedy="Save the array with numpy.save."
        ) from error
    if not isinstance(found, np.ndarray):
        found.close()
        raise ModelFileError(f"{path} holds several arrays, not one.", remedy="Save one array with numpy.save.")
    return found


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a file whole or not at all; strings as fixed-width text."""
    final = Path(path)
    part = final.with_name(f".{final.name}.{os.getpid()}.part")
    plain = {name: array.astype(str) if array.dtype.kind == "O" else array for name, array in arrays.items()}
    with writing(final):
        try:
            with part.open("wb") as file:
                np.savez(file, **plain)  # type: ignore[arg-type]
            part.replace(final)
        finally:
            part.unlink(missing_ok=True)
