"""`build-site`: the page that digits are drawn in, as static files for any web server."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, typed
from jax_to_tfjs_demo.commands.dataset import Say, loaded, speaker
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import following, share, size
from jax_to_tfjs_demo.errors import DemoError

if TYPE_CHECKING:
    from jax_to_tfjs_demo.site import Site

MODELS, SITE = Path("tfjs_models"), Path("site")


def command(name: str = "app build-site") -> Command:
    """The command under a name."""
    summary = "write the drawing page with the web models, as static files for any web server"
    examples = ("", "tfjs_models/jax_mnist tfjs_models/jax_mnist_uint8 --output public")
    return Command(name, summary, add_arguments, run, examples, "The site is as it was before.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `build-site`."""
    add_models(parser)
    parser.add_argument("--output", type=Path, default=SITE, metavar="DIR", help="where to write (default: site)")
    options.add_json(parser)


def add_models(parser: argparse.ArgumentParser) -> None:
    """The web models, and the data set that the samples of the page come from."""
    parser.add_argument(
        "models", nargs="*", type=Path, metavar="MODEL_DIR", help="web models (default: all in tfjs_models)"
    )
    options.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds, and tells what was built."""
    say = speaker(arguments)
    built = site_of(arguments.models, arguments.output, arguments, say)
    if arguments.json:
        models = [entry.json() for entry in built.models]
        print(json.dumps({"path": str(built.path), "files": len(built.files), "bytes": built.bytes, "models": models}))
        return DONE
    say(described(built))
    say(following((f"app serve {built.path.as_posix()}", "look at it here")))
    say("Any server of static files will do: the page asks for nothing outside its folder.")
    return DONE


def site_of(models: Sequence[Path], output: Path, arguments: argparse.Namespace, say: Say) -> Site:
    """The site of some web models, or of all that there are."""
    from jax_to_tfjs_demo.site import build

    chosen = list(models) or web_models(MODELS)
    return build(chosen, output, log=lambda _: None, dataset=loaded(arguments.data, arguments, say))


def web_models(root: Path) -> list[Path]:
    """All web models in a folder, the newest first: the page begins with it."""
    found = [path.parent for path in root.glob("*/model.json")]
    if not found:
        raise DemoError(f"There is no web model in {root}.", remedy=f"Convert one: {typed('app convert')}")
    return sorted(found, key=lambda path: ((path / "model.json").stat().st_mtime, path.name), reverse=True)


def described(built: Site) -> str:
    """The site in a few lines."""
    lines = [f"{built.path.as_posix()}: {len(built.files)} files, {size(built.bytes)}"]
    for entry in built.models:
        accuracy = f", accuracy {share(entry.accuracy.share)}" if entry.accuracy else ""
        lines.append(f"  {entry.name}: {size(entry.bytes)}{accuracy}")
    return "\n".join(lines)
