"""`verify`: a web model in real TensorFlow.js beside its source in JAX, on all test images."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, typed
from jax_to_tfjs_demo.commands.dataset import Say, loaded, speaker
from jax_to_tfjs_demo.commands.outcome import DONE, FAILED
from jax_to_tfjs_demo.commands.text import following, share, size
from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.terminal import Colours, Progress, colours, table

if TYPE_CHECKING:
    from jax_to_tfjs_demo.commands.chosen import Chosen
    from jax_to_tfjs_demo.conversion import Origin
    from jax_to_tfjs_demo.data import Dataset
    from jax_to_tfjs_demo.models import Params
    from jax_to_tfjs_demo.verification import Comparison
    from jax_to_tfjs_demo.verification.compare import Report

EXAMPLES = (
    "tfjs_models/jax_mnist",
    "tfjs_models/jax_mnist_uint8 --backends wasm,webgl",
    "--all --model-type flax_mnist",
    "--model-path tfjs_models/jax_mnist --json",
)
HEADINGS = ("weights", "backend", "accuracy", "differ", "max error", "one image", "size", "gzip", "brotli", "")


def command(name: str = "app verify") -> Command:
    """The command under a name."""
    summary = "compare web models with their source on all test images, in real TensorFlow.js"
    return Command(name, summary, add_arguments, run, EXAMPLES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `verify`."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL_DIR", help="a web model that convert wrote")
    parser.add_argument("--model-path", type=Path, metavar="DIR", help="the same, by a name")
    parser.add_argument(
        "--all",
        action="store_true",
        help="a checkpoint with its weights stored in each way, converted for it (this is so too without MODEL_DIR)",
    )
    options.add_checkpoint(parser)
    options.add_data(parser, default=None)
    options.add_backends(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compares, and tells whether the bars are reached."""
    path = arguments.model or arguments.model_path
    if arguments.model and arguments.model_path:
        raise UsageError("MODEL_DIR and --model-path are both given.", remedy="Give one of them.")
    if path and arguments.all:
        raise UsageError("--all converts for itself, and a web model is named.", remedy="Leave one of the two out.")
    if path and path.name == "model.json":
        path = path.parent
    say = speaker(arguments)
    found = [_one(path, arguments, say)] if path else _each(arguments, say)
    if arguments.json:
        print(json.dumps(found[0].json() if path else [each.json() for each in found]))
    else:
        print(described(found))
    return DONE if all(each.passed for each in found) else FAILED


def _one(path: Path, arguments: argparse.Namespace, say: Say) -> Comparison:
    """A web model that is there, with the checkpoint that it was made of."""
    from jax_to_tfjs_demo.conversion import origin_of

    origin = origin_of(path)
    which, params = _source(path, origin, arguments)
    say(f"{path.as_posix()} beside {which}")
    dataset = loaded(arguments.data or which.data, arguments, say)
    return compared(path, which, params, dataset, arguments.backends, origin.quantization if origin else "none")


def compared(
    path: Path, which: Chosen, params: Params, dataset: Dataset, backends: str, quantization: str
) -> Comparison:
    """The comparison of one web model, with a bar while it runs; what it finds is noted for the page."""
    from jax_to_tfjs_demo.verification import compare, note

    with Progress("verify") as bar:
        found = compare(
            path, which.model, params, dataset,
            quantization=quantization, backends=backends, report=_shown(bar, path.as_posix()),
        )  # fmt: skip
    note(found)
    return found


def _source(path: Path, origin: Origin | None, arguments: argparse.Namespace) -> tuple[Chosen, Params]:
    """The checkpoint that is named, or else the one that the web model names, which has to hold the same weights."""
    from jax_to_tfjs_demo.commands.chosen import chosen
    from jax_to_tfjs_demo.conversion import fingerprint

    if arguments.checkpoint_path or arguments.model_type or arguments.step:
        which = chosen(arguments)
        return which, which.params()
    if origin is None:
        raise DemoError(
            f"{path} does not say which checkpoint it was made of.",
            remedy="Name it: --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1",
        )
    again = typed("app convert", f"--model-type {origin.model} --quantization {origin.quantization}")
    if not Path(origin.checkpoint).is_dir():
        raise DemoError(
            f"{path} was made of {origin.checkpoint}, which is gone: training keeps the first, the best, the latest.",
            remedy=f"Convert a checkpoint that is there: {again}",
        )
    arguments.checkpoint_path, arguments.model_type = Path(origin.checkpoint), origin.model
    which = chosen(arguments)
    params = which.params()
    if fingerprint(params) != origin.fingerprint:
        raise DemoError(
            f"{path} was made of other weights than {origin.checkpoint} holds now: the model was trained anew.",
            remedy=f"Convert it again: {again}",
        )
    return which, params


def _each(arguments: argparse.Namespace, say: Say) -> list[Comparison]:
    """A checkpoint in all ways to store its weights."""
    from jax_to_tfjs_demo.commands.chosen import chosen
    from jax_to_tfjs_demo.verification import compared as compared_each

    which = chosen(arguments)
    say(f"{which}, its weights stored in each way")
    dataset = loaded(arguments.data or which.data, arguments, say)
    params = which.params()
    with Progress("verify") as bar:
        return list(
            compared_each(
                which.model, params, which.origin(params, "none"), dataset,
                backends=arguments.backends, report=lambda name: _shown(bar, name),
            )
        )  # fmt: skip


def _shown(bar: Progress, name: str) -> Report:
    return lambda stage, done, total: bar.update(done / total if total else 0.0, f"{name} {stage}")


def described(found: Sequence[Comparison], *, following_steps: bool = True) -> str:
    """The table, the verdict below it, and what to type next."""
    style = colours()
    lines = [f"JAX reads {share(found[0].source)} of {found[0].images:,} images of {found[0].data} rightly."]
    lines.append(table(HEADINGS, [row for each in found for row in _rows(each, style)], colours=style))
    lines += [f"not run: {name}: {reason}" for name, reason in found[0].not_run.items()]
    lines += [line for each in found for line in _verdict(each, style)]
    if following_steps and len(found) == 1 and found[0].passed:
        lines.append(following(("app serve", "draw a digit for it in the browser")))
    return "\n".join(lines)


def _rows(found: Comparison, style: Colours) -> Iterator[tuple[object, ...]]:
    for score in found.scores:
        good = not any(line.startswith(f"{score.backend}: ") for line in found.failures)
        time = None if score.milliseconds is None else f"{score.milliseconds:.1f} ms"
        yield (
            found.quantization, score.backend, share(score.accuracy), f"{score.different:,}",
            f"{score.max_abs_error:.1e}", time,
            size(found.sizes.raw), size(found.sizes.gzip), size(found.sizes.brotli),
            style.green("ok") if good else style.red("FAIL"),
        )  # fmt: skip


def _verdict(found: Comparison, style: Colours) -> list[str]:
    from jax_to_tfjs_demo.verification import bar

    took = style.dim(f"({found.seconds:.0f} s)")
    if found.passed:
        return [f"{style.green('passed')}: {found.quantization}, {bar(found.quantization)} {took}"]
    if not found.scores:
        return [style.red(f"{found.quantization}: it ran nowhere")]
    return [
        f"{style.red('FAILED')}: {found.quantization}, {bar(found.quantization)} {took}",
        *(f"  {line}" for line in found.failures),
    ]
