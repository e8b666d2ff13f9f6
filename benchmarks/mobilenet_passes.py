"""What the passes make of MobileNetV2: nodes left, and latency on wasm beside the graph as it was, taken in turns."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from measure import verdict
from mobilenet import mobilenet
from totfjs.conversion import model_json
from totfjs.graph.encode import distinct, weights
from totfjs.graph.graph import Graph
from totfjs.passes import optimize
from totfjs.runtime import open_engine

ROUNDS = 15


def load(engine: Any, graph: Graph) -> Any:
    arrays = {name: array.numpy() for name, array in weights(graph)}
    entries = [{"name": name, "shape": list(a.shape), "dtype": a.dtype.name} for name, a in arrays.items()]
    manifest = [{"paths": ["weights.bin"], "weights": entries}]
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    return engine.load({**model_json(graph), "weightsManifest": manifest}, [content], backend="wasm")


def milliseconds(session: Any, inputs: dict[str, np.ndarray]) -> float:
    start = time.perf_counter()
    session.execute(inputs)
    return (time.perf_counter() - start) * 1e3


def nodes(graph: Graph) -> int:
    return len(list(graph.operations))


def main() -> int:
    raw = distinct(mobilenet())
    start = time.perf_counter()
    fast = distinct(optimize(raw))
    print(f"passes took {time.perf_counter() - start:.2f} s")
    image = {"image": np.random.default_rng(0).standard_normal((1, 224, 224, 3)).astype(np.float32)}
    with open_engine("mini-racer") as engine:
        sessions = [load(engine, raw), load(engine, fast)]
        first, second = (session.execute(image)["classes"] for session in sessions)
        turns = [[milliseconds(session, image) for session in sessions] for _ in range(ROUNDS)]
    before, after = (min(times) for times in zip(*turns, strict=True))
    print(f"wasm: {before:.1f} ms as it was, {after:.1f} ms after the passes (fastest of {ROUNDS}, in turns)")
    met = [
        verdict("nodes that compute, of " + str(nodes(raw)), nodes(fast), 70),
        verdict("latency after / before", after / before, 0.9),
        verdict("largest difference / largest output", float(np.abs(first - second).max() / np.abs(first).max()), 1e-5),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
