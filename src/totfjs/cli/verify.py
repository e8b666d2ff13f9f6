"""`totfjs verify`."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.cli.arguments import add_engine, add_inputs, add_json, parse_inputs
from totfjs.cli.progress import progress
from totfjs.cli.verdict import describe, painted
from totfjs.errors import UsageError

if TYPE_CHECKING:
    from totfjs.runtime import Engine
    from totfjs.verification import Verification

HELP = "run a web model in a real TensorFlow.js and compare it with its source"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `verify`."""
    parser.add_argument("model", nargs="?", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("--against", metavar="SOURCE", help="the source, as convert takes it")
    parser.add_argument(
        "--pairs",
        nargs="+",
        metavar="FILE",
        help="recorded inputs and outputs: an .npz by name, or test_input.npy expected_output.npy, or their directory",
    )
    parser.add_argument("--inputs", metavar="FILE", help="inputs to run instead of drawn ones: an .npz, or one .npy")
    parser.add_argument("--labels", metavar="FILE", help="an .npy with the class of each of the --inputs")
    parser.add_argument("--labelled", metavar="FILE.npz", help="examples by name, and their classes as `labels`")
    parser.add_argument("--batch-size", type=int, metavar="N", help="how many labelled examples run at once")
    add_inputs(parser)
    parser.add_argument(
        "--backends", default="cpu,wasm", metavar="LIST", help="where to run: names, or all (default: cpu,wasm)"
    )
    add_engine(parser)
    parser.add_argument(
        "--tolerance",
        action="append",
        metavar="[OUTPUT=]NUMBER",
        help="largest error, relative to the largest value of an output (default: 1e-4)",
    )
    parser.add_argument("--runs", type=int, metavar="N", help="how many inferences are timed (default: a few; 0: none)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the drawn inputs (default: 0)")
    parser.add_argument("--bisect", action="store_true", help="on failure, find the first node that differs")
    parser.add_argument("--save", metavar="DIR", help="with --bisect: a web model of that node alone, and its inputs")
    parser.add_argument("--report", metavar="FILE.html", help="write all that was found as a page")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verifies, and prints a row for each output on each backend."""
    from totfjs.runtime import open_engine
    from totfjs.runtime.wanted import wanted, warm

    asked, settings = wanted(arguments.backends), _settings(arguments)
    with open_engine(arguments.engine) as engine, progress(quiet=arguments.json) as report:
        # TensorFlow.js starts while numpy and the frameworks are imported
        warm(engine, asked.backends)
        report("verifying", 0, 0)
        found = _verified(arguments, settings, engine, report)
    if arguments.report:
        Path(arguments.report).write_text(found.to_html(), encoding="utf-8")
    print(json.dumps(found.json()) if arguments.json else describe(found, painted()))
    return 0 if found.passed else 3


def _verified(arguments: argparse.Namespace, settings: dict[str, Any], engine: Engine, report: Any) -> Verification:
    from totfjs.verification import verify

    more = {key: settings.pop(key) for key in ("labelled", "runs", "batch_size")}
    found = verify(arguments.model, arguments.against, **settings, **more, engine=engine, progress=report)
    if not arguments.bisect or found.passed is not False:
        return found
    from totfjs.verification.bisect import bisect

    report("bisecting", 0, 0)
    failed = {row.backend for row in found.failures} or set(found.backends)
    settings["backends"] = [backend for backend in found.backends if backend in failed]
    settings["save"] = arguments.save
    return replace(found, bisection=bisect(arguments.model, arguments.against, **settings, engine=engine))


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What `verify` is asked."""
    _find_model(arguments)
    data, labelled = arguments.inputs, arguments.labelled
    if arguments.labels:
        if labelled or not data:
            raise UsageError("--labels needs --inputs, and no --labelled.", remedy="Give one of these ways.")
        data, labelled = None, (data, arguments.labels)
    if arguments.runs is not None and arguments.runs < 0:
        raise UsageError(f"--runs {arguments.runs} is negative.", remedy="Give 0 for none.")
    if arguments.batch_size is not None and arguments.batch_size < 1:
        raise UsageError(f"--batch-size {arguments.batch_size} is less than 1.", remedy="Give 1 or more.")
    return {
        "pairs": arguments.pairs,
        "data": data,
        "labelled": labelled,
        "inputs": parse_inputs(arguments.input),
        "weights": arguments.weights,
        "backends": arguments.backends,
        "tolerance": _tolerance(arguments.tolerance),
        "seed": arguments.seed,
        "runs": arguments.runs,
        "batch_size": arguments.batch_size,
    }


def _find_model(arguments: argparse.Namespace) -> None:
    """The model behind `--pairs FILE`, which argparse takes for one more file."""
    if arguments.model is None and len(arguments.pairs or ()) > 1 and Path(arguments.pairs[-1], "model.json").is_file():
        arguments.model = arguments.pairs.pop()
    if arguments.model is None:
        raise UsageError("No model is named.", remedy="Give the directory of a web model: totfjs verify MODEL_DIR.")


def _tolerance(texts: list[str] | None) -> dict[str, float] | float | None:
    """`1e-3`, and `logits=1e-3` for one output."""
    if not texts:
        return None
    named: dict[str, float] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        try:
            named[name or "*"] = float(value)
        except ValueError:
            raise UsageError(
                f"--tolerance {text} is no number.", remedy="Write it as 1e-4, or logits=1e-3 for one output."
            ) from None
    return named["*"] if set(named) == {"*"} else named
