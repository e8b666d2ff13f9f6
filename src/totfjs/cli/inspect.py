"""`totfjs inspect`."""

from __future__ import annotations

import argparse

from totfjs.cli.arguments import add_json

HELP = "show what a Keras or TensorFlow file, a web model, a checkpoint or a StableHLO module holds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `inspect`."""
    parser.add_argument(
        "path",
        metavar="PATH",
        help="a Keras file, SavedModel, frozen graph, web model, checkpoint, or StableHLO module",
    )
    parser.add_argument("--values", action="store_true", help="also what the numbers of each weight are like")
    parser.add_argument("--all", action="store_true", help="of a web model, every weight and every obstacle")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the structure."""
    import json

    from totfjs.inspection import inspect

    found = inspect(arguments.path, values=arguments.values)
    print(json.dumps(found.json()) if arguments.json else found.text(arguments.all))
    return 0
