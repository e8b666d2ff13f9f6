"""kill -9 at random instants of a training of the demo, every other one while a checkpoint is written.

    python benchmarks/demo/kill_training.py [kills]

Each killed training is begun once more and goes on to its end. Bar: the weights and the optimizer's state are then
those of an uninterrupted training, bit for bit, after every kill; and what is listed as complete never is anything
else than what was saved.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.listing import of_model
from jax_to_tfjs_demo.checkpoints.params import read_item
from jax_to_tfjs_demo.data import load
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.events import Event, Scored, Started
from jax_to_tfjs_demo.training.run import train
from jax_to_tfjs_demo.training.settings import Settings

EPOCHS, IMAGES = 5, 256
# How long after the end of an epoch its checkpoint may still be being written, in seconds.
SAVING = 0.15


def trained(directory: Path, epochs: int) -> None:
    """Trains a small model on few images, and says when it begins and when an epoch has ended."""

    def report(event: Event) -> None:
        if isinstance(event, Started):
            print("begun", flush=True)
        if isinstance(event, Scored):
            print("epoch", event.epoch, flush=True)

    whole = load("digits", log=lambda _: None)
    few = {name: getattr(whole, name)[:IMAGES] for name in ("train_images", "train_labels")}
    train(
        find("jax"), Settings(epochs=epochs, data="digits"), dataclasses.replace(whole, **few), directory, report=report
    )


def digest(step: Path) -> str:
    """A number for all the bits of a checkpoint's arrays."""
    found = hashlib.sha256()
    for item in (disk.MODEL, disk.OPTIMIZER):
        for path, leaf in jax.tree_util.tree_leaves_with_path(read_item(step / item)):
            array = np.asarray(leaf)
            found.update(f"{item}{jax.tree_util.keystr(path)}{array.dtype}{array.shape}".encode() + array.tobytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Whole:
    """An uninterrupted training: the digest of each epoch, and how long it took after its imports."""

    digests: dict[int, str]
    seconds: float


def uninterrupted(folder: Path) -> Whole:
    """Trains to the end in one process; and, for the digests of epochs that are not kept, to each in turn."""
    begun(folder / "first").communicate()  # which compiles
    process = begun(folder / "whole")
    begin = time.perf_counter()
    process.communicate()
    seconds = time.perf_counter() - begin
    digests = {}
    for epoch in range(1, EPOCHS + 1):
        begun(folder / "steps", epoch).communicate()
        digests[epoch] = digest(folder / "steps" / str(epoch))
    if digest(folder / "whole" / str(EPOCHS)) != digests[EPOCHS]:
        raise SystemExit("two uninterrupted trainings differ: nothing can be told of interrupted ones")
    return Whole(digests, seconds)


def begun(directory: Path, epochs: int = EPOCHS) -> subprocess.Popen[str]:
    """Starts a training and returns when its imports are done; what was compiled for one serves the others."""
    command = [sys.executable, __file__, "--train", str(directory), str(epochs)]
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(directory.parent / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | cache)
    assert process.stdout
    process.stdout.readline()
    return process


def kill(directory: Path, chance: random.Random, seconds: float, *, saving: bool) -> str:
    """Kills a training; returns when that was."""
    process = begun(directory)
    assert process.stdout
    if saving:
        epoch = chance.randint(1, EPOCHS)
        while process.stdout.readline().split() not in ([], ["epoch", str(epoch)]):
            pass
        after = chance.uniform(0, SAVING)
        told = f"{1000 * after:3.0f} ms after epoch {epoch}"
    else:
        after = chance.uniform(0, seconds)
        told = f"{after:5.2f} s after the start"
    time.sleep(after)
    process.kill()
    process.communicate()
    return told


def falsely_complete(directory: Path, whole: Whole) -> list[int]:
    """The steps that are listed as complete and are not what was saved."""
    return [record.step for record in of_model(directory) if record.complete and not right(record.path, whole)]


def right(step: Path, whole: Whole) -> bool:
    """Whether a checkpoint is what the uninterrupted training had."""
    try:
        return digest(step) == whole.digests[int(step.name)]
    except DemoError as error:
        print(f"  {error}")
        return False


def attempt(directory: Path, chance: random.Random, whole: Whole, *, saving: bool) -> tuple[bool, bool, str]:
    """Kills a training and lets it go on; whether it ended right, whether the list was right, and what happened."""
    when = kill(directory, chance, whole.seconds, saving=saving)
    records = of_model(directory)
    false = falsely_complete(directory, whole)
    begun(directory).communicate()
    same = right(directory / str(EPOCHS), whole)
    left = [record.step for record in of_model(directory) if not record.complete]
    complete, torn = ([one.step for one in records if one.complete is state] for state in (True, False))
    told = f"{when}: complete {complete}, torn {torn}; resumed: {'identical' if same else 'DIFFERENT'}"
    if false or left:
        told += f"; falsely complete {false}, torn and left {left}"
    return same, not false and not left, told


def main() -> bool:
    """True when every training ended as the uninterrupted one did, and no list was wrong."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    chance, ended, listed = random.Random(0), 0, 0
    with tempfile.TemporaryDirectory() as name:
        whole = uninterrupted(Path(name))
        print(f"uninterrupted: {EPOCHS} epochs in {whole.seconds:.1f} s")
        for number in range(1, kills + 1):
            same, honest, told = attempt(Path(name) / str(number), chance, whole, saving=number % 2 == 0)
            ended, listed = ended + same, listed + honest
            print(f"kill {number:2}, {told}", flush=True)
    print(f"identical to the uninterrupted training: {ended} of {kills}; complete only what is: {listed} of {kills}")
    return ended == listed == kills


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        trained(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(not main())
