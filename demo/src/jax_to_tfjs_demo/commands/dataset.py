"""The data set of a command: loaded with a bar, and cut to a few images where that is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.errors import UsageError
from jax_to_tfjs_demo.terminal import Progress

if TYPE_CHECKING:
    from jax_to_tfjs_demo.data import Dataset

# Set to a number, it cuts training and test images to as many: for trying a command out in seconds.
LIMIT = "DEMO_LIMIT"

Say = Callable[[str], None]


def speaker(arguments: argparse.Namespace) -> Say:
    """What prints lines for people: beside the JSON object, where a program reads that."""
    stream = sys.stderr if getattr(arguments, "json", False) else sys.stdout
    return lambda line: print(line, file=stream, flush=True)


def loaded(name: str, arguments: argparse.Namespace, say: Say) -> Dataset:
    """The data set of that name, from `--data-dir` or wherever it is found."""
    from jax_to_tfjs_demo import data

    most = _limit()
    with Progress(name) as bar:
        dataset = data.load(
            name,
            arguments.data_dir,
            log=bar.giving_way(say),
            progress=lambda received: bar.update(received.fraction, received.text),
        )
    return dataset if most is None else _cut(dataset, most, say)


def _limit() -> int | None:
    text = os.environ.get(LIMIT, "")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{LIMIT} is {text!r}, which is no number of images.", remedy=f"Unset {LIMIT}, or give 256.")
    return int(text)


def _cut(dataset: Dataset, most: int, say: Say) -> Dataset:
    cut = replace(
        dataset,
        train_images=dataset.train_images[:most],
        train_labels=dataset.train_labels[:most],
        test_images=dataset.test_images[:most],
        test_labels=dataset.test_labels[:most],
    )
    trained, scored = len(cut.train_images), len(cut.test_images)
    say(f"{LIMIT} is set: only {trained:,} images for training and {scored:,} for scoring. Accuracy means little.")
    return cut
