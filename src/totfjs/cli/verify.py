"""`totfjs verify`."""

from __future__ import annotations

import argparse
import json

from totfjs.cli.arguments import add_inputs, add_json, comma_list, parse_inputs
from totfjs.cli.progress import progress
from totfjs.cli.text import describe_verification

HELP = "run a web model in a real TensorFlow.js and compare it with its source"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `verify`."""
    parser.add_argument("model", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("--against", metavar="SOURCE", help="the source, as convert takes it")
    parser.add_argument("--pairs", metavar="FILE.npz", help="recorded inputs and outputs, by name")
    add_inputs(parser)
    parser.add_argument("--backends", default="cpu,wasm", metavar="LIST", help="where to run (default: cpu,wasm)")
    parser.add_argument("--tolerance", type=float, help="largest error, relative to the largest output (default 1e-4)")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs (default: 0)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verifies, and prints a row for each output on each backend."""
    from totfjs.verification import verify

    with progress(quiet=arguments.json) as report:
        report("verifying", 0, 0)
        found = verify(
            arguments.model,
            arguments.against,
            pairs=arguments.pairs,
            inputs=parse_inputs(arguments.input),
            weights=arguments.weights,
            backends=comma_list(arguments.backends) or (),
            tolerance=arguments.tolerance,
            seed=arguments.seed,
        )
    if arguments.json:
        print(json.dumps(found.json()))
    else:
        for row in found.rows:
            sizes = " ".join(f"{name}={size}" for name, size in row.sizes.items())
            error = "" if row.max_abs_error is None else f"max abs {row.max_abs_error:.2g}"
            print(f"{'ok  ' if row.passed else 'FAIL'}  {row.backend:5} {sizes:10} {row.output}: {row.reason or error}")
        print(describe_verification(found, arguments.model))
    return 0 if found.passed else 3
