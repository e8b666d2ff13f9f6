"""The parameters of a checkpoint as plain numpy arrays, whatever devices trained them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.locate import locate
from jax_to_tfjs_demo.checkpoints.quiet import quiet
from jax_to_tfjs_demo.errors import DemoError


@dataclass(frozen=True)
class Trained:
    """What a checkpoint says of a model: its step, its parameters, and what training noted of it."""

    path: Path
    step: int
    params: Mapping[str, Any] = field(repr=False)
    progress: Mapping[str, Any] = field(repr=False)


def load_params(path: str | Path, step: int | str | None = None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The parameters and the progress of the checkpoint that `path` names (see `locate`)."""
    found = load(path, step)
    return found.params, found.progress


def load(path: str | Path, step: int | str | None = None) -> Trained:
    """The checkpoint that `path` names (see `locate`), without the optimizer's state."""
    record = locate(path, step)
    if not (record.path / disk.MODEL).is_dir():
        raise DemoError(
            f"{record.path} has no parameters under {disk.MODEL}/: it has {', '.join(_items(record.path))}.",
            remedy="Name a checkpoint that `uv run app train` wrote; `totfjs convert … --weights` takes any other.",
        )
    return Trained(record.path, record.step, read_item(record.path / disk.MODEL), disk.progress_of(record.path))


def read_item(item: Path) -> Mapping[str, Any]:
    """The arrays of one item of a checkpoint: `model` or `optimizer`."""
    # only reading arrays needs them: names and errors come at once
    import jax
    import numpy as np
    import orbax.checkpoint as ocp

    with quiet(), ocp.PyTreeCheckpointer() as reader:
        try:
            described = reader.metadata(item.absolute()).item_metadata
            if described is None:
                raise ValueError("its metadata cannot be read")
            as_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), described.tree)
            found: Mapping[str, Any] = reader.restore(item.absolute(), restore_args=as_numpy)
        except (ValueError, KeyError, OSError) as error:
            raise DemoError(
                f"{item.parent} is damaged: {(str(error) or type(error).__name__).splitlines()[0]}",
                remedy="Remove it and take another; `uv run app check` lists them.",
            ) from error
    return found


def _items(path: Path) -> list[str]:
    return sorted(child.name for child in path.iterdir() if child.is_dir())
