"""Checkpoints of a training: written by Orbax while training goes on, whole or not at all, restored bit for bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from flax.training.train_state import TrainState
from orbax.checkpoint.checkpoint_managers import AnyPreservationPolicy, BestN, CustomSteps, LatestN

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.lock import alone
from jax_to_tfjs_demo.checkpoints.quiet import quiet
from jax_to_tfjs_demo.errors import DemoError

State = TypeVar("State", bound=TrainState)


class Store:
    """The checkpoints in one directory: the latest `keep` epochs, the most accurate one, and the first.

    Of several processes all open it and call the same methods in the same order. `close` waits until all is written.
    """

    def __init__(self, directory: str | Path, keep: int = 3) -> None:
        self.directory = Path(directory).absolute()
        with ExitStack() as silent, ExitStack() as held:
            silent.enter_context(quiet())
            try:
                if jax.process_index() == 0:
                    self.directory.mkdir(parents=True, exist_ok=True)
                    held.enter_context(alone(self.directory))
                    disk.sweep(self.directory)  # the others wait for this one in the next line
                self._orbax = ocp.CheckpointManager(self.directory, options=_options(keep))
            except OSError as error:
                raise DemoError(
                    f"{self.directory} cannot be written to: {error.strerror or error}.",
                    remedy="Make sure that it is a directory of yours, or choose another.",
                ) from error
            self._silent, self._held = silent.pop_all(), held.pop_all()

    def save(self, epoch: int, state: TrainState, progress: Mapping[str, Any]) -> None:
        """Begins to write an epoch's state; `progress` is JSON with at least its accuracy.

        The state may be donated at once: its copy is what is written.
        """
        if epoch <= (self._orbax.latest_step() or 0):
            raise ValueError(f"epoch {epoch} is not after the latest, {self._orbax.latest_step()}: call forget first")
        with self._failing(f"The checkpoint before epoch {epoch}"):
            self.wait()
        params, others = _parts(jax.tree.map(_copied, state))
        items = ocp.args.Composite(
            **{
                disk.MODEL: ocp.args.StandardSave(params),
                disk.OPTIMIZER: ocp.args.StandardSave(others),
                disk.PROGRESS: ocp.args.JsonSave(dict(progress)),
            }
        )
        with self._failing(f"The checkpoint of epoch {epoch}"):
            self._orbax.save(epoch, args=items, metrics={"accuracy": float(progress["accuracy"])}, force=True)

    def restore(self, template: State, step: int | None = None) -> tuple[State, dict[str, Any]] | None:
        """The state and the progress of the latest complete epoch, or of `step`; None when there is none.

        Arrays come back on the devices of the template's arrays, whatever devices they were saved from.
        """
        self.wait()
        found = self._orbax.latest_step() if step is None else step
        if found is None:
            return None
        if found not in self._orbax.all_steps():
            raise DemoError(
                f"{self.directory} has no complete epoch {found}: it has {_listed(self.steps())}.",
                remedy="Name an epoch that is there, or none for the latest.",
            )
        return self._read(template, found)

    def forget(self, after: int) -> None:
        """Removes the epochs later than `after`, so that a training can go on from there."""
        self.wait()
        for step in [step for step in self._orbax.all_steps() if step > after]:
            self._orbax.delete(step)
        self._sweep()

    def steps(self) -> tuple[int, ...]:
        """The epochs that are complete on disk now."""
        return tuple(disk.steps(self.directory))

    def best(self) -> int | None:
        """The complete epoch of the highest accuracy, the later one of equals."""
        return disk.best(disk.steps(self.directory))

    def wait(self) -> None:
        """Returns when all that was saved is complete."""
        self._orbax.wait_until_finished()
        self._sweep()

    def close(self) -> None:
        """Waits until all is written, and ends what runs in the background. To be called once."""
        with self._held, self._failing("The last checkpoint"):
            try:
                self.wait()
            finally:
                self._orbax.close()
        self._silent.close()  # after a failure the silence stays, as threads of Orbax go on and fail in turn

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, template: State, step: int) -> tuple[State, dict[str, Any]]:
        params, others = _parts(jax.tree.map(_array, template))
        items = ocp.args.Composite(
            **{
                disk.MODEL: ocp.args.StandardRestore(params),
                disk.OPTIMIZER: ocp.args.StandardRestore(others),
                disk.PROGRESS: ocp.args.JsonRestore(),
            }
        )
        try:
            found = self._orbax.restore(step, args=items)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise DemoError(
                f"{self.directory / str(step)} cannot be restored: {_first_line(error)}",
                remedy="If another model or optimizer wrote it, train into another directory or from the start; if it"
                " is damaged, remove it, and training goes on from the epoch before.",
            ) from error
        return template.replace(params=found[disk.MODEL], **found[disk.OPTIMIZER]), dict(found[disk.PROGRESS])

    def _sweep(self) -> None:
        if jax.process_index() == 0:
            disk.sweep_deleted(self.directory)

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, RuntimeError) as error:
            raise DemoError(
                f"{what} could not be written to {self.directory}: {_first_line(error)}",
                remedy="Make sure that the disk has room and is writable, and run the same command again: training goes"
                " on from the latest complete checkpoint.",
            ) from error


def _options(keep: int) -> ocp.CheckpointManagerOptions:
    # the first stays too: it is the one that people name, as in checkpoints/jax_mnist/1, however long they train
    kept = AnyPreservationPolicy([LatestN(keep), BestN(get_metric_fn=_accuracy, n=1), CustomSteps([1])])
    return ocp.CheckpointManagerOptions(
        best_fn=_accuracy,
        preservation_policy=kept,
        todelete_subdir=disk.DELETED,
    )


def _accuracy(metrics: Mapping[str, float]) -> float:
    return metrics["accuracy"]


def _parts(state: TrainState) -> tuple[Any, dict[str, Any]]:
    """The parameters, and all else that a state holds arrays in."""
    fields = [field.name for field in dataclasses.fields(state) if field.metadata.get("pytree_node", True)]
    return state.params, {name: getattr(state, name) for name in fields if name != "params"}


def _array(leaf: Any) -> Any:
    """A number of Python, such as the first step's, as the array that it becomes in training."""
    return leaf if isinstance(leaf, jax.Array | np.ndarray) else np.asarray(jnp.asarray(leaf))


def _copied(leaf: Any) -> Any:
    """An array of its own where the leaf lies: on the CPU, Orbax reads while training may reuse the buffer."""
    if isinstance(leaf, jax.Array):
        return jax.device_put(leaf, leaf.sharding, may_alias=False)
    return np.array(_array(leaf))


def _listed(steps: tuple[int, ...]) -> str:
    return ", ".join(map(str, steps)) or "none"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
