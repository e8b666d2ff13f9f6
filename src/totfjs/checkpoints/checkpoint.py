"""What a checkpoint is once read: a tree of lazy arrays, and the part of it that is a model's variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from totfjs.errors import CheckpointError
from totfjs.weights.array import Array, as_array

Tree = Any
"""A nested dict (and list) of Arrays, or one Array."""

_TRAINING = ("step", "opt_state", "tx", "apply_fn", "rng")
_WRAPPERS = ("state", "train_state", "model", "variables", "default", "pytree", "params")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, read without its model's code: `tree` holds Arrays that read the file when asked.

    Where there are steps, `step` is the one that was read, `steps` are all, and `unfinished` names those that were
    interrupted. `shardings` say how arrays lay on devices, by their paths.
    """

    tree: Tree
    format: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None
    steps: tuple[int, ...] = ()
    unfinished: tuple[str, ...] = ()
    written: str = ""
    shardings: Mapping[str, str] = field(default_factory=dict)


def parameters(tree: Tree) -> Tree:
    """Return the variables of the model in a checkpoint's tree.

    What only training needs (`step`, `opt_state`, …) is dropped where there is an optimizer's state, the `value` under
    each variable of an NNX state is stripped, and a single key that wraps the whole (`state`, `model`, …) is removed.
    `params` is kept as the name of a Linen collection, unless another `params` lies directly in it.
    """
    if not isinstance(tree, dict):
        return tree
    if all(path and path[-1] == "value" for path, _ in leaves(tree)):
        tree = _strip_values(tree)
    tree = {key: value for key, value in tree.items() if key not in training_only(tree)}
    if len(tree) == 1:
        (key, inner), *_ = tree.items()
        if key in _WRAPPERS and isinstance(inner, dict) and (key != "params" or "params" in inner):
            return parameters(inner)
    return tree


def training_only(tree: Tree) -> tuple[str, ...]:
    """Return the keys of a tree that only training needs: none where there is no optimizer's state."""
    if not isinstance(tree, dict):
        return ()
    if "opt_state" not in tree:
        return tuple(key for key, value in tree.items() if _is_optimizer(value))
    return tuple(key for key in tree if key in _TRAINING)


def _is_optimizer(tree: Tree) -> bool:
    """Whether a tree is the optimizer's part of a checkpoint, which has its own item beside that of the model."""
    return isinstance(tree, dict) and "opt_state" in tree and tree.keys() <= set(_TRAINING)


def leaves(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Array]]:
    """Yield each array of a tree with the path of keys that leads to it."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            yield from leaves(value, (*path, str(index)))
    elif tree is not None:
        yield path, as_array(tree)


def nest(flat: Mapping[str, Array]) -> dict[str, Tree]:
    """Nest names at their slashes, or at their dots when none has a slash; names that cannot nest stay whole."""
    separator = "/" if any("/" in name for name in flat) else "."
    paths = {tuple(name.split(separator)): array for name, array in flat.items()}
    inner = {path[:length] for path in paths for length in range(1, len(path))}
    if inner & paths.keys() or any("" in path for path in paths):
        return dict(flat)
    tree: dict[str, Tree] = {}
    for path, array in paths.items():
        insert(tree, path, array)
    return tree


def insert(tree: dict[str, Tree], path: tuple[str, ...], leaf: Tree) -> None:
    """Put a leaf into a tree of dicts."""
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise damaged("checkpoint", f"{'/'.join(path)} lies inside an array")
    if path[-1] in tree:
        raise damaged("checkpoint", f"{'/'.join(path)} is there twice")
    tree[path[-1]] = leaf


def damaged(path: Any, what: str) -> CheckpointError:
    """Return the error for a file that is not what its format promises."""
    return CheckpointError(f"{path} is damaged: {what}.", remedy="Save or download it again.")


def _strip_values(tree: Tree) -> Tree:
    if isinstance(tree, list):
        return [_strip_values(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.keys() == {"value"} and isinstance(tree["value"], Array):
        return tree["value"]
    return {key: _strip_values(value) for key, value in tree.items()}
