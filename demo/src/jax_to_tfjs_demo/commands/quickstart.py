"""`quickstart`: from nothing to a page that reads drawn digits, each step explained in a line."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.build_site import described as described_site
from jax_to_tfjs_demo.commands.command import Command, one_of, typed
from jax_to_tfjs_demo.commands.convert import converted
from jax_to_tfjs_demo.commands.dataset import Say, loaded, speaker
from jax_to_tfjs_demo.commands.outcome import DONE, FAILED
from jax_to_tfjs_demo.commands.serve import add_port, serving
from jax_to_tfjs_demo.commands.text import share, size
from jax_to_tfjs_demo.commands.training import settings_of, shown
from jax_to_tfjs_demo.commands.verify import compared
from jax_to_tfjs_demo.commands.verify import described as described_comparison
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.terminal import colours

if TYPE_CHECKING:
    from jax_to_tfjs_demo.commands.chosen import Chosen
    from jax_to_tfjs_demo.data import Dataset

STEPS = 6
# How many images a short training sees: one epoch of MNIST.
SEEN = 60_000
MOST_EPOCHS = 20


def command(name: str = "app quickstart") -> Command:
    """The command under a name."""
    summary = "train, convert, verify and serve a model, explained step by step, in less than two minutes"
    examples = ("", "--model flax --no-serve", "--epochs 5 --open")
    return Command(name, summary, add_arguments, run, examples, "What is finished is kept; the same command goes on.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `quickstart`."""
    parser.add_argument(
        "--model",
        type=one_of("model", (*options.SHORT, *options.MODEL_TYPES)),
        default="jax",
        metavar="NAME",
        help=f"{', '.join(options.SHORT)} (default: jax)",
    )
    parser.add_argument("--epochs", type=options.whole, metavar="N", help="how long to train (default: 1 for MNIST)")
    options.add_data(parser)
    options.add_checkpoints(parser)
    parser.add_argument("--no-serve", action="store_true", help="end before the page is served")
    add_port(parser)


def run(arguments: argparse.Namespace) -> int:
    """All steps, until Ctrl-C ends the page."""
    begun, say = time.monotonic(), speaker(arguments)
    with _step(1, "data", "handwritten digits with their labels, to learn from and to be tested on", say):
        dataset = loaded(arguments.data, arguments, say)
        say(f"{dataset.name}: {len(dataset.train_images):,} images to learn, {len(dataset.test_images):,} to test with")
    with _step(2, "train", f"the network in {arguments.model} learns them, compiled by JAX", say):
        directory = _trained(arguments, dataset, say)
    with _step(3, "checkpoint", "Orbax has written the weights, from which training could go on", say):
        which = _latest(directory)
        say(f"{which.record.path.as_posix()}: {size(which.record.bytes)}, accuracy {share(which.record.accuracy)}")
    output = Path("tfjs_models") / which.model.name
    with _step(4, "convert", "totfjs compiles the network for TensorFlow.js and runs it there", say):
        proved = converted(which, "none", output, say).verification.passed is not False
    with _step(5, "verify", "the web model reads all test images in real TensorFlow.js, beside JAX", say):
        found = compared(output, which, which.params(), dataset, "wasm", "none")
        say(described_comparison([found], following_steps=False))
    if not (proved and found.passed):
        return FAILED
    with tempfile.TemporaryDirectory(prefix="jax_to_tfjs_") as scratch:
        with _step(6, "page", "a page that runs the model in the browser, with nothing but static files", say):
            site = _built(output, Path(scratch) / "site", dataset, say)
        say(colours().green(f"done in {time.monotonic() - begun:.0f} s"))
        if not arguments.no_serve:
            return serving(site, arguments, say)
    say(f"look at the page: {colours().cyan(typed('app serve'))}")
    return DONE


@contextmanager
def _step(number: int, name: str, reason: str, say: Say) -> Iterator[None]:
    """Says what a step is for, and how long it took."""
    style, begun = colours(), time.monotonic()
    say(f"{style.bold(f'{number}/{STEPS} {name}')}: {reason}")
    yield
    say(style.dim(f"    {time.monotonic() - begun:.1f} s\n"))


def _trained(arguments: argparse.Namespace, dataset: Dataset, say: Say) -> Path:
    from jax_to_tfjs_demo.models import find

    model = find(arguments.model)
    few = min(MOST_EPOCHS, max(1, SEEN // len(dataset.train_images)))
    directory: Path = arguments.checkpoints / model.name
    shown(model, settings_of(arguments, epochs=few), dataset, directory, say)
    return directory


def _latest(directory: Path) -> Chosen:
    from jax_to_tfjs_demo.commands.chosen import chosen

    return chosen(argparse.Namespace(checkpoint_path=directory, step=None, model_type=None))


def _built(model: Path, output: Path, dataset: Dataset, say: Say) -> Path:
    from jax_to_tfjs_demo.site import build

    if dataset.name == "fashion":
        raise DemoError("The page is for digits, not for clothes.", remedy="Leave --data fashion out.")
    built = build([model], output, log=lambda _: None, dataset=dataset)
    say("\n".join(described_site(built).splitlines()[1:]))
    return built.path
