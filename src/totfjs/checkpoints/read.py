"""Finds out what a checkpoint is by its bytes, and reads it. Nothing in it is ever executed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from totfjs.checkpoints.checkpoint import Checkpoint, Tree, leaves, parameters, training_only
from totfjs.checkpoints.msgpack import read_msgpack
from totfjs.checkpoints.npz import read_npz
from totfjs.checkpoints.orbax import is_orbax, read_orbax
from totfjs.checkpoints.pickled import read_pickle
from totfjs.checkpoints.safetensors import read_safetensors
from totfjs.errors import CheckpointError, UnsafeCheckpointError
from totfjs.weights.array import Array

_KNOWN = "an Orbax directory, .safetensors, .npz, Flax .msgpack or a .pkl of arrays"
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_HDF5 = b"\x89HDF\r\n\x1a\n"


def read_checkpoint(path: str | Path, *, step: int | None = None) -> Checkpoint:
    """Read a checkpoint lazily, without the model's code. `step` chooses among the steps of an Orbax directory."""
    path = Path(path)
    try:
        if path.is_dir():
            return _read_directory(path, step)
        if step is not None:
            raise CheckpointError(f"{path} has no steps.", remedy="Name a step only for a directory of steps.")
        return _read_file(path)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Give the path of a checkpoint."
        ) from error


def read_parameters(path: str | Path, *, step: int | None = None) -> Tree:
    """Read the variables of the model in a checkpoint: `parameters` of its tree."""
    return parameters(read_checkpoint(path, step=step).tree)


def read_named(source: Any) -> list[tuple[str, Array]]:
    """Return the variables in a checkpoint, or the arrays of a tree, under names such as `params/Dense_0/kernel`."""
    tree = read_parameters(source) if isinstance(source, str | Path) else source
    return [("/".join(path) or "array", array) for path, array in leaves(tree)]


def left_out(source: Any) -> tuple[str, ...]:
    """What `read_named` leaves out of a checkpoint: the keys that only training needs."""
    tree = read_checkpoint(source).tree if isinstance(source, str | Path) else {}
    return training_only(tree)


def _read_directory(path: Path, step: int | None) -> Checkpoint:
    if is_orbax(path):
        return read_orbax(path, step)
    if any(path.glob("*.index")):
        raise CheckpointError(
            f"{path} is a TensorFlow checkpoint, which has weights but not their places in a model.",
            remedy="Convert the SavedModel or the Keras file it belongs to.",
        )
    raise _unknown(path)


def _read_file(path: Path) -> Checkpoint:
    with path.open("rb") as file:
        start = file.read(16)
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    if start.startswith(b"PK"):
        return _read_zip(path)
    if _PICKLE.match(start):
        return read_pickle(path)
    if path.suffix in (".pkl", ".pickle"):
        raise CheckpointError(
            f"{path} is not a pickle of protocol 2 or later.",
            remedy="Save it with pickle.dump(tree, file, protocol=5).",
        )
    if start.startswith(_HDF5):
        raise CheckpointError(f"{path} is an HDF5 file.", remedy="Convert it as a Keras model: it is not a checkpoint.")
    if path.suffix == ".msgpack" or _is_map(start):
        return read_msgpack(path)
    raise _unknown(path)


def _read_zip(path: Path) -> Checkpoint:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CheckpointError(f"{path} is damaged: {error}.", remedy="Save or download it again.") from error
    if any(name.endswith("data.pkl") for name in names):
        raise UnsafeCheckpointError(
            f"{path} is a pickle: reading it would run code from the file.",
            remedy=f"Load it where you trust it and save the arrays as .safetensors or .npz; totfjs reads {_KNOWN}.",
        )
    if "config.json" in names:
        raise CheckpointError(
            f"{path} is a .keras file.", remedy="Convert it as a Keras model: it is not a checkpoint."
        )
    return read_npz(path)


def _is_map(start: bytes) -> bool:
    """Whether msgpack starts with a map: what Flax writes, whatever the file is called."""
    return bool(start) and (0x80 <= start[0] <= 0x8F or start[0] in (0xDE, 0xDF))


def _unknown(path: Path) -> CheckpointError:
    return CheckpointError(f"{path} is not a checkpoint that totfjs knows.", remedy=f"Give {_KNOWN}.")
