"""`totfjs run`."""

from __future__ import annotations

import argparse

from totfjs.cli.arguments import add_json

HELP = "run a web model in a real TensorFlow.js on arrays from a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `run`."""
    parser.add_argument("model", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("--inputs", required=True, metavar="IN.npz", help="the inputs, by name")
    parser.add_argument("--outputs", required=True, metavar="OUT.npz", help="where to save the outputs, by name")
    parser.add_argument("--backend", default="wasm", choices=("cpu", "wasm"), help="where to run (default: wasm)")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="stop a model that takes longer")
    parser.add_argument("--memory-limit", metavar="SIZE", help="stop a model that takes more, such as 512MiB")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the model once."""
    import json

    from totfjs.runtime import run_model
    from totfjs.weights.named_arrays import read_arrays, write_arrays
    from totfjs.weights.shards import parse_size

    outputs = run_model(
        arguments.model,
        read_arrays(arguments.inputs),
        backend=arguments.backend,
        time_limit=arguments.time_limit,
        memory_limit=None if arguments.memory_limit is None else parse_size(arguments.memory_limit),
    )
    write_arrays(arguments.outputs, outputs)
    shapes = {name: {"dtype": str(array.dtype), "shape": list(array.shape)} for name, array in outputs.items()}
    if arguments.json:
        print(json.dumps({"outputs": shapes, "file": arguments.outputs}))
    else:
        for name, kind in shapes.items():
            print(f"{name}: {kind['dtype']}{kind['shape']}")
    return 0
