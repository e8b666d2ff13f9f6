"""`totfjs run`."""

from __future__ import annotations

import argparse

from totfjs.cli.arguments import add_engine, add_json

HELP = "run a web model in a real TensorFlow.js on arrays from a file"
BACKENDS = "cpu", "wasm", "wasm-threads", "webgl", "webgpu"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `run`."""
    parser.add_argument("model", metavar="MODEL_DIR", help="a directory with a model.json")
    parser.add_argument("--inputs", required=True, metavar="IN.npz", help="the inputs, by name")
    parser.add_argument("--outputs", required=True, metavar="OUT.npz", help="where to save the outputs, by name")
    parser.add_argument("--backend", default="wasm", choices=BACKENDS, help="where to run (default: wasm)")
    add_engine(parser)
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="stop a model that takes longer")
    parser.add_argument("--memory-limit", metavar="SIZE", help="stop a model that takes more, such as 512MiB")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the model once."""
    import json

    from totfjs.runtime import open_engine, run_model
    from totfjs.runtime.browsers.report import describe
    from totfjs.sizes import parse_size
    from totfjs.weights.named_arrays import read_arrays, write_arrays

    backend, inputs = arguments.backend, read_arrays(arguments.inputs)
    memory_limit = None if arguments.memory_limit is None else parse_size(arguments.memory_limit)
    with open_engine(arguments.engine, arguments.time_limit, memory_limit) as engine:
        outputs = run_model(arguments.model, inputs, backend=backend, engine=engine)
        surroundings = engine.surroundings(backend)
    write_arrays(arguments.outputs, outputs)
    shapes = {name: {"dtype": str(array.dtype), "shape": list(array.shape)} for name, array in outputs.items()}
    if arguments.json:
        print(json.dumps({"outputs": shapes, "file": arguments.outputs, "backend": backend, "ran_on": surroundings}))
        return 0
    for name, kind in shapes.items():
        print(f"{name}: {kind['dtype']}{kind['shape']}")
    if where := describe(surroundings):
        print(f"{backend} ran {where}")
    return 0
