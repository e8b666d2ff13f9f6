"""`totfjs export-loader`."""

from __future__ import annotations

import argparse

from totfjs.cli.arguments import add_json

HELP = "write a small module that checks and loads a web model in a page of your own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `export-loader`."""
    parser.add_argument("model", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("output", metavar="OUT_DIR", help="where to write model-loader.js, its types, and verify.mjs")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the files, and says how a page uses them."""
    import json

    from totfjs.loader import export_loader

    made = export_loader(arguments.model, arguments.output)
    if arguments.json:
        print(json.dumps(made.json()))
        return 0
    print(f"{made.path}: {', '.join(made.files)}")
    for kind, ports in (("in ", made.inputs), ("out", made.outputs)):
        for port in ports:
            print(f"  {kind}  {port.name}: {port}")
    print("In a page: import {loadModel} from './model-loader.js';")
    print("In Node:   node verify.mjs --input test_input.npy --expected expected_output.npy")
    return 0
