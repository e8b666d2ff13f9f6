"""`examine`: all that a checkpoint holds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import following, moment, share, size
from jax_to_tfjs_demo.terminal import Colours, colours, table

if TYPE_CHECKING:
    from jax_to_tfjs_demo.checkpoints.examine import Examination, Item

EXAMPLES = ("", "--checkpoint-path checkpoints/jax_mnist/1", "--model-type jax_mnist --step 1", "--json")


def command(name: str = "app examine") -> Command:
    """The command under a name."""
    summary = "show what a checkpoint holds: metadata, parameters, dims, dtypes, sharding"
    return Command(name, summary, add_arguments, run, EXAMPLES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `examine`."""
    options.add_checkpoint(parser)
    parser.add_argument("--files", action="store_true", help="list the files too")
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Reads the structure, not the weights."""
    from jax_to_tfjs_demo.checkpoints.examine import examine
    from jax_to_tfjs_demo.commands.chosen import chosen

    which = chosen(arguments)
    found = examine(which.record.path)
    if arguments.json:
        print(json.dumps(found.as_json()))
        return DONE
    style = colours()
    print(style.bold(str(which)))
    for block in _blocks(found, arguments.files, style):
        print(f"\n{block}")
    print(f"\n{following((f'app convert --checkpoint-path {which.record.path.as_posix()}', 'make a web model of it'))}")
    return DONE


def _blocks(found: Examination, files: bool, style: Colours) -> Iterator[str]:
    record = found.record
    facts = {
        "written": moment(record.date),
        "size": f"{size(record.bytes)} in {len(found.files)} files",
        "accuracy": f"{share(record.accuracy)}{', the best of this model' if record.best else ''}",
        "loss": None if record.loss is None else f"{record.loss:.4f}",
        **{name: _plain(value) for name, value in found.progress.items() if name not in ("accuracy", "loss", "model")},
        "written by": _handlers(found.metadata.get("item_handlers")),
    }
    width = max(map(len, facts))
    yield "\n".join(f"{style.dim(name.ljust(width))}  {value}" for name, value in facts.items() if value is not None)
    yield _arrays("parameters", found.model, style)
    yield _arrays("optimizer", found.optimizer, style)
    if files:
        yield table(("file", "size"), [(name, size(count)) for name, count in found.files], colours=style)


def _arrays(title: str, item: Item, style: Colours) -> str:
    rows = [
        (
            array.name,
            array.dtype,
            " × ".join(map(str, array.shape)) or "one",
            f"{array.numbers:,}",
            array.sharding or None,
        )
        for array in item.arrays
    ]
    head = f"{style.bold(title)}: {item.numbers:,} numbers, {size(item.bytes)} ({item.name}/)"
    return f"{head}\n{table(('array', 'dtype', 'dims', 'numbers', 'sharding'), rows, colours=style)}" if rows else head


def _handlers(handlers: object) -> str | None:
    """The classes of Orbax that wrote the items."""
    if not isinstance(handlers, dict):
        return None
    return ", ".join(f"{name} {str(each).rpartition('.')[2]}" for name, each in sorted(handlers.items()))


def _plain(value: object) -> object:
    """Values of JSON in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items() if each not in (None, {}, ""))
    return value if value not in ({}, "") else None
