"""One training as a command shows it: a bar, a line an epoch, and what to type next."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import number, one_of
from jax_to_tfjs_demo.commands.dataset import Say, loaded
from jax_to_tfjs_demo.commands.text import following, share, size
from jax_to_tfjs_demo.commands.together import add_processes, in_turn
from jax_to_tfjs_demo.terminal import Progress, colours
from jax_to_tfjs_demo.training.settings import PRECISIONS, SCHEDULES, Settings

if TYPE_CHECKING:
    from jax_to_tfjs_demo.data import Dataset
    from jax_to_tfjs_demo.models import Model
    from jax_to_tfjs_demo.training.events import Event, Progressed, Scored, Started
    from jax_to_tfjs_demo.training.run import Outcome

STOPPED = "Finished epochs are kept, and the same command goes on after them."
SETTINGS = ("epochs", "batch_size", "lr", "seed", "data", "precision", "schedule", "augment", "prune")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """How long, how fast and on what to train."""
    parser.add_argument("--epochs", type=options.whole, metavar="N", help="how often all images are seen (default: 5)")
    parser.add_argument("--batch-size", type=options.whole, metavar="N", help="images in a step (default: 32)")
    parser.add_argument("--lr", type=options.positive, metavar="RATE", help="Adam's rate at first (default: 0.001)")
    parser.add_argument("--seed", type=options.from_zero, metavar="N", help="of all chance: same seed, same weights")
    options.add_data(parser)
    parser.add_argument(
        "--precision",
        type=one_of("precision", PRECISIONS),
        metavar="NAME",
        help="float32 or bfloat16, in which a GPU computes faster (default: float32)",
    )
    parser.add_argument(
        "--schedule",
        type=one_of("schedule", SCHEDULES),
        metavar="NAME",
        help="decay, constant or cosine: how the learning rate goes on (default: decay, cosine with --augment)",
    )
    parser.add_argument(
        "--augment", action="store_true", help="vary the images, and train for longer (default: 20 epochs)"
    )
    parser.add_argument(
        "--prune", type=_share, metavar="SHARE", help="the share of weights to train away, such as 0.8 (default: none)"
    )
    options.add_checkpoints(parser)
    parser.add_argument("--fresh", action="store_true", help="remove the checkpoints that are there, and begin anew")
    options.add_json(parser)
    add_processes(parser)


def settings_of(arguments: argparse.Namespace, **given: Any) -> Settings:
    """The settings of a command line; `given` take the place of what it leaves open."""
    named = {name: getattr(arguments, name, None) for name in SETTINGS}
    return Settings.of(**{**given, **{name: value for name, value in named.items() if value is not None}})


def trained(model: Model, settings: Settings, arguments: argparse.Namespace, say: Say) -> Outcome:
    """Trains a model to the end of its settings, going on after what is there."""
    dataset = loaded(settings.data, arguments, say)
    directory = arguments.checkpoints / model.name
    outcome = shown(model, settings, dataset, directory, say, resume=not arguments.fresh)
    say(described(outcome))
    return outcome


def shown(
    model: Model, settings: Settings, dataset: Dataset, directory: Path, say: Say, *, resume: bool = True
) -> Outcome:
    """A training with its bar."""
    from jax_to_tfjs_demo.commands.earlier import made_way
    from jax_to_tfjs_demo.training.run import train

    if resume:
        settings = in_turn(lambda: made_way(model, settings, dataset, directory, say))
    with Progress(model.name) as bar:
        return train(model, settings, dataset, directory, report=_reporter(bar, say), resume=resume)


def _reporter(bar: Progress, say: Say) -> Callable[[Event], None]:
    from jax_to_tfjs_demo.training.events import Progressed, Scored, Started

    def report(event: Event) -> None:
        if isinstance(event, Started):
            say(_begun(event))
        elif isinstance(event, Progressed):
            bar.update((event.epoch - 1 + event.fraction) / event.epochs, _going(event))
        elif isinstance(event, Scored):
            bar.print(_scored(event))

    return report


def _begun(event: Started) -> str:
    if event.done >= event.epochs:
        return f"{event.model}: trained for {_epochs(event.epochs)} already; --fresh begins anew"
    after = f", going on after epoch {event.done}" if event.done else ""
    return f"{event.model}: {event.images:,} images, {_epochs(event.epochs)}{after}, on {event.devices}"


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' if count > 1 else ''}"


def _going(event: Progressed) -> str:
    measured = f"loss {event.loss:.4f}  accuracy {share(event.accuracy)}"
    return f"epoch {event.epoch}/{event.epochs}  {measured}  {event.images_per_second:,.0f} images/s"


def _scored(event: Scored) -> str:
    score = event.score
    tested = sum(map(sum, score.confusion))
    return (
        f"epoch {event.epoch}/{event.epochs}  loss {score.loss:.4f}  accuracy {share(score.accuracy)} of {tested:,}"
        f" test images  {score.images_per_second:,.0f} images/s"
        + (f"  {share(score.weights.sparsity)} zeros" if score.weights else "")
    )


def described(outcome: Outcome) -> str:
    """What a training came to, and where it lies."""
    style, best, last = colours(), outcome.best, outcome.last
    directory = outcome.directory.as_posix()
    told = f"accuracy {share(last.accuracy)} after epoch {last.epoch}"
    if best.epoch != last.epoch:
        told += f"; the best was epoch {best.epoch} with {share(best.accuracy)}"
    told += _pruned(outcome)
    beside = [name for name in ("curves.svg", "confusion.svg", "metrics.jsonl") if (outcome.directory / name).is_file()]
    return "\n".join(
        [
            style.green(told),
            f"checkpoint: {directory}/{last.epoch}   beside it: {', '.join(beside)}",
            following(
                (f"app convert --model-type {outcome.directory.name}", "make a web model of it"),
                ("app check", "all checkpoints"),
            ),
        ]
    )


def _pruned(outcome: Outcome) -> str:
    """What pruning took and cost: the last epoch beside the first, which is still whole when there are five or more."""
    first, last = outcome.scores[0], outcome.last
    if first.weights is None or last.weights is None:
        return ""
    rows = [f"\npruned: {share(last.weights.sparsity)} of the weights are zero; float32 weights of"]
    for score in (first, last) if len(outcome.scores) > 1 else (last,):
        found = score.weights
        if found is not None:
            rows.append(
                f"  epoch {score.epoch}: {share(found.sparsity)} zeros, {size(found.bytes)}, gzip {size(found.gzip)},"
                f" brotli {size(found.brotli)}, accuracy {share(score.accuracy)}"
            )
    return "\n".join(rows)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """What a training came to, as plain JSON values."""
    from dataclasses import asdict

    return {
        "directory": outcome.directory.as_posix(),
        "settings": asdict(outcome.settings),
        "resumed_from": outcome.resumed_from,
        "best": outcome.best.epoch,
        "epochs": [asdict(score) for score in outcome.scores],
    }


_share = number(float, "a share below 1, such as 0.8", lambda value: 0 <= value < 1)
