"""`totfjs convert`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from totfjs.cli.arguments import add_inputs, add_json, comma_list, parse_inputs, parse_pairs
from totfjs.cli.progress import progress
from totfjs.cli.text import describe_verification
from totfjs.sizes import size_text

if TYPE_CHECKING:
    from totfjs.conversion import Result

# What `--from` and `--to` take; the rooms that know more are imported when they are needed.
FORMATS = ("frozen", "hub", "keras", "python", "saved_model", "stablehlo", "web")
TARGETS = ("auto", "graph", "layers", "weights", "keras")
KINDS = {"graph": "graph model", "layers": "layers model", "keras": "Keras file"}
HELP = "compile a model to TensorFlow.js, and run it there against its source"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `convert`."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a Keras file (.keras, .h5), package.module:name or file.py:name, a checkpoint or web model",
    )
    parser.add_argument("output", metavar="OUTPUT", help="the directory to write, or the file for --to keras")
    parser.add_argument(
        "--from", dest="source_format", choices=FORMATS, help="what SOURCE is (default: told by itself)"
    )
    parser.add_argument(
        "--to", default="auto", choices=TARGETS, help="what to write (default: layers if exact, or graph)"
    )
    add_inputs(parser)
    parser.add_argument("--signature", metavar="NAME", help="the signature of a SavedModel (default: serving_default)")
    parser.add_argument("--tags", default="serve", metavar="A,B", help="the tags of its graph (default: serve)")
    parser.add_argument("--outputs", metavar="A,B", help="the outputs to keep, in this order")
    parser.add_argument(
        "--quantize",
        action="append",
        metavar="DTYPE[:PATTERN]",
        help="store weights as uint8, uint16 or float16: those whose names match PATTERN, or all",
    )
    parser.add_argument("--shard-size", default="4MiB", metavar="SIZE", help="largest weight file (default 4MiB)")
    parser.add_argument(
        "--split-by-layer", action="store_true", help="a layers model: the weights of each layer in files of their own"
    )
    parser.add_argument(
        "--structured-outputs", action="store_true", help="a graph model: predict returns its outputs by name"
    )
    parser.add_argument("--keep-debug", action="store_true", help="a TensorFlow model: the page prints what it prints")
    parser.add_argument("--metadata", action="append", metavar="KEY=FILE", help="JSON file for userDefinedMetadata")
    parser.add_argument(
        "--backends", default="cpu,wasm,webgl,webgpu", metavar="LIST", help="where the model has to run (default: all)"
    )
    parser.add_argument(
        "--verify",
        default="auto",
        metavar="auto|off|LIST",
        help="prove the result on these backends, such as cpu,wasm,webgl,webgpu (default: auto, without a browser)",
    )
    parser.add_argument("--force", action="store_true", help="replace an existing web model")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Converts, and prints what came of it."""
    # TensorFlow.js starts while the frameworks are imported: this has to come before anything heavy.
    from totfjs.conversion import convert, read_metadata

    with progress(quiet=arguments.json) as report:
        result = convert(
            arguments.source,
            arguments.output,
            source_format=arguments.source_format,
            to=arguments.to,
            inputs=parse_inputs(arguments.input),
            weights=arguments.weights,
            signature=arguments.signature,
            tags=comma_list(arguments.tags) or (),
            outputs=comma_list(arguments.outputs),
            quantize=arguments.quantize,
            shard_size=arguments.shard_size,
            split_by_layer=arguments.split_by_layer,
            structured_outputs=arguments.structured_outputs,
            keep_debug=arguments.keep_debug,
            metadata=read_metadata(parse_pairs(arguments.metadata, "--metadata")),
            backends=comma_list(arguments.backends) or (),  # type: ignore[arg-type]
            verify=arguments.verify,
            force=arguments.force,
            progress=report,
        )
    print(json.dumps(result.json()) if arguments.json else describe(result))
    return 3 if result.verification.passed is False else 0


def describe(result: Result) -> str:
    """The result in a few lines."""
    files = f"{len(result.files)} file{'s' if len(result.files) > 1 else ''}"
    kind = KINDS.get(result.target, result.target)
    lines = [f"{result.path}: {kind}, {files}, {size_text(result.bytes)}"]
    lines += [f"  in   {tensor}" for tensor in result.inputs]
    lines += [f"  out  {tensor}" for tensor in result.outputs]
    lines += [f"  note {note}" for note in result.notes]
    verifiable = str(result.path) if result.target in ("graph", "layers") else ""
    return "\n".join([*lines, describe_verification(result.verification, verifiable)])
