"""A short training as a program of its own, for tests of several devices and processes."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from jax_to_tfjs_demo.data import digits
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.events import Event, Progressed, Scored, Started
from jax_to_tfjs_demo.training.processes import joined, processes
from jax_to_tfjs_demo.training.run import train
from jax_to_tfjs_demo.training.settings import Settings


def main(directory: str, epochs: str) -> None:
    """Trains on a few digits, as the environment says among how many processes."""
    told: dict[str, list[float] | str] = {"losses": [], "scores": [], "devices": ""}

    def report(event: Event) -> None:
        match event:
            case Started():
                told["devices"] = event.devices
            case Progressed():
                told["losses"] += [event.loss]  # type: ignore[operator]
            case Scored():
                told["scores"] += [event.score.loss]  # type: ignore[operator]

    whole = digits.read()
    few = replace(whole, train_images=whole.train_images[:100], train_labels=whole.train_labels[:100])
    few = replace(few, test_images=few.test_images[:50], test_labels=few.test_labels[:50])
    with joined(processes()):
        train(find("jax"), Settings(epochs=int(epochs), batch_size=8), few, directory, report=report)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
