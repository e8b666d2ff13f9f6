"""`convert`: a checkpoint becomes a web model, which totfjs proves."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, one_of
from jax_to_tfjs_demo.commands.dataset import Say, speaker
from jax_to_tfjs_demo.commands.outcome import DONE, FAILED
from jax_to_tfjs_demo.commands.text import following, size
from jax_to_tfjs_demo.terminal import colours

if TYPE_CHECKING:
    import totfjs
    from jax_to_tfjs_demo.commands.chosen import Chosen

QUANTIZATIONS = ("none", "uint16", "float16", "uint8")
_ROUNDED = re.compile(r"quantized to (\w+), absolute error at most (\S+)")
EXAMPLES = (
    "",
    "--model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1",
    "--model-type flax_mnist --step 3 --quantization uint8",
    "--quantization float16 --output my_page/model",
)


def command(name: str = "app convert") -> Command:
    """The command under a name."""
    summary = "turn a checkpoint into a TensorFlow.js model, and prove it there"
    stopped = "The web model is as it was before."
    return Command(name, summary, add_arguments, run, EXAMPLES, stopped)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `convert`."""
    options.add_checkpoint(parser)
    parser.add_argument(
        "--quantization",
        type=one_of("quantization", QUANTIZATIONS),
        default="none",
        metavar="NAME",
        help="how weights are stored: none, uint16, float16 or uint8 (default: none)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="where to write (default: tfjs_models/<model>, or tfjs_models/<model>_<quantization>)",
    )
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Converts, and tells what came of it."""
    from jax_to_tfjs_demo.commands.chosen import chosen
    from jax_to_tfjs_demo.conversion import default_output

    say, which = speaker(arguments), chosen(arguments)
    output = arguments.output or default_output(which.model.name, arguments.quantization)
    result = converted(which, arguments.quantization, output, say)
    if arguments.json:
        print(json.dumps({**result.json(), "checkpoint": which.record.as_json()}))
    elif result.verification.passed is not False:
        print(following(*_next(output)))
    return FAILED if result.verification.passed is False else DONE


def converted(which: Chosen, quantization: str, output: Path, say: Say) -> totfjs.Result:
    """Converts a checkpoint, and says what totfjs made and proved."""
    from jax_to_tfjs_demo.conversion import convert

    say(str(which))
    params = which.params()
    result = convert(which.model, params, output, which.origin(params, quantization))
    say(described(result, quantization))
    return result


def described(result: totfjs.Result, quantization: str) -> str:
    """A web model in a few lines: what it is, what to know of it, and the proof."""
    stored = "" if quantization == "none" else f", weights as {quantization}"
    lines = [
        f"{result.path.as_posix()}: {result.target} model, {len(result.files)} files, {size(result.bytes)}{stored}"
    ]
    lines += [f"  in   {tensor}" for tensor in result.inputs]
    lines += [f"  out  {tensor}" for tensor in result.outputs]
    lines += [f"  note {note}" for note in _notes(result.notes)]
    return "\n".join([*lines, _proof(result)])


def _notes(notes: Sequence[str]) -> list[str]:
    """What to know, with all that is said of rounding in one line."""
    found = [(_ROUNDED.search(note), note) for note in notes]
    others = [note for match, note in found if match is None]
    errors = [float(match[2]) for match, _ in found if match is not None]
    kind = next((match[1] for match, _ in found if match is not None), "")
    return [*others, *([f"rounding to {kind} moves no weight by more than {max(errors):.3g}"] if errors else [])]


def _proof(result: totfjs.Result) -> str:
    style, found = colours(), result.verification
    if found.passed is None:
        return style.yellow(f"written, not verified: {'; '.join(dict.fromkeys(found.not_run.values()))}")
    where = ", ".join(found.backends)
    if not found.passed:
        rows = [f"  {row.backend} {row.output}: {row.reason}" for row in found.failures]
        return style.red("\n".join([f"NOT PROVED: it does not compute on {where} what JAX computes", *rows]))
    moved = f"; quantization moves the outputs by {found.deviation:.2g} of the largest" if found.deviation else ""
    error = f"{found.max_abs_error:.2g}"
    return style.green(f"proved in TensorFlow.js on {where}: max abs error {error} against {found.against}{moved}")


def _next(output: Path) -> tuple[tuple[str, str], ...]:
    return (
        (f"app verify {output.as_posix()}", "both on all test images"),
        ("app serve", "draw a digit for it in the browser"),
    )
