"""`totfjs export-loader`."""

from __future__ import annotations

import argparse
import json

from totfjs.cli.arguments import add_json

RUNTIME = "tensorflow"
HELP = "write a small module that checks and loads a web model in a page of your own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `export-loader`."""
    parser.add_argument("model", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("output", metavar="OUT_DIR", help="where to write model-loader.js, its types, and verify.mjs")
    parser.add_argument(
        "--runtime",
        action="store_true",
        help="write TensorFlow.js as well, into OUT_DIR/tensorflow: no bundler, no CDN",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the files, and says how a page uses them."""
    from totfjs.loader import export_loader, export_runtime

    made = export_loader(arguments.model, arguments.output)
    runtime = export_runtime(made.path / RUNTIME) if arguments.runtime else None
    if arguments.json:
        print(json.dumps({**made.json(), **({"runtime": runtime.json()} if runtime else {})}))
        return 0
    print(f"{made.path}: {', '.join(made.files)}")
    for kind, ports in (("in ", made.inputs), ("out", made.outputs)):
        for port in ports:
            print(f"  {kind}  {port.name}: {port}")
    if runtime:
        print(f"{runtime.path}: TensorFlow.js {runtime.version}, {len(runtime.files)} files")
        print(f"In a page: import * as tf from './{RUNTIME}/tensorflow.js';")
        print("           await tf.startBackend('webgl');")
    print(f"{'          ' if runtime else 'In a page:'} import {{loadModel}} from './model-loader.js';")
    print("In Node:   node verify.mjs --input test_input.npy --expected expected_output.npy")
    return 0
