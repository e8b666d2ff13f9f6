"""`serve`: the page that digits are drawn in, on this machine."""

from __future__ import annotations

import argparse
import tempfile
import webbrowser
from pathlib import Path

from jax_to_tfjs_demo.commands.build_site import add_models, described, site_of
from jax_to_tfjs_demo.commands.command import Command, number
from jax_to_tfjs_demo.commands.dataset import Say, speaker
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.terminal import colours

port = number(int, "a port from 0 to 65535", lambda value: 0 <= value <= 65535)


def command(name: str = "app serve") -> Command:
    """The command under a name."""
    summary = "serve a page in which digits are drawn and read, to this machine alone"
    examples = ("", "tfjs_models/jax_mnist --open", "site --port 8000")
    return Command(name, summary, add_arguments, run, examples, "The page is no longer served.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    add_models(parser)
    add_port(parser)


def add_port(parser: argparse.ArgumentParser) -> None:
    """`--port` and `--open`."""
    parser.add_argument("--port", type=port, metavar="N", help="the port (default: 8765, or the next that is free)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C: a site that was built, or one that is built for it."""
    from jax_to_tfjs_demo.site.place import LIST

    say = speaker(arguments)
    given = arguments.models
    if len(given) == 1 and (given[0] / LIST).is_file():
        return serving(given[0], arguments, say)
    with tempfile.TemporaryDirectory(prefix="jax_to_tfjs_") as scratch:
        built = site_of(given, Path(scratch) / "site", arguments, say)
        say("\n".join(described(built).splitlines()[1:]))
        return serving(built.path, arguments, say)


def serving(site: Path, arguments: argparse.Namespace, say: Say) -> int:
    """Serves a site until Ctrl-C, which is how it is meant to end."""
    from jax_to_tfjs_demo.site import serve

    with serve(site, arguments.port) as server:
        say(f"draw a digit: {colours().cyan(server.url)}   (Ctrl-C ends)")
        if arguments.open:
            webbrowser.open(server.url)
        try:
            server.wait()
        except KeyboardInterrupt:
            say("\nThe page is no longer served.")
    return DONE
