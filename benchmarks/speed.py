"""Whole networks on wasm in TensorFlow.js: latency after the passes, beside the same network lowered op by op.

    python benchmarks/speed.py [encoder vit_b16 resnet50 lstm]

All sides run in one engine and in turns; each figure is the fastest run, timed inside of the engine. The engine is
node, whose V8 compiles WebAssembly as Chromium does; that of mini-racer takes 2.7 times as long for the same product.
The verdict is against `op_by_op(source)`; the other rows are for information.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from measure import verdict
from mobilenet_passes import load
from networks import NETWORKS
from op_by_op import op_by_op
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.runtime import open_engine
from totfjs.sources.resolve import open_source

# The most that the latency of a network may be of what it is op by op.
BARS = {"encoder": 0.55, "vit_b16": 0.75, "resnet50": 0.7, "lstm": 0.25}
# Turns last this long, and are no fewer than that; a side that is several times as slow as the first has but two.
SECONDS, ROUNDS = 12.0, 7
HOPELESS = 2.5


def measure(name: str) -> bool:
    """Prints the latencies of one network; true when the bar is met and both sides compute the same."""
    network = NETWORKS[name]()
    source = open_source((network.module, network.variables), inputs=network.shapes, weights=None, outputs=None)
    start = time.perf_counter()
    lowered = source.graph()
    middle = time.perf_counter()
    fast = distinct(optimize(lowered))
    print(f"\n{name}: lowered in {middle - start:.2f} s, passes took {time.perf_counter() - middle:.2f} s")
    sides = {
        "op by op": distinct(op_by_op(source)),
        "op by op, operands spread": distinct(op_by_op(source, spread=True)),
        "lowered": distinct(lowered),
        "optimised": fast,
    }
    times = dict(zip(sides, timed(list(sides.values()), network.inputs), strict=True))
    for what, graph in sides.items():
        ratio = times["optimised"] / times[what]
        print(f"  {what:26}{len(list(graph.operations)):6} nodes{times[what]:9.2f} ms   optimised / this: {ratio:.3f}")
    return verdict(f"{name}: optimised / op by op", times["optimised"] / times["op by op"], BARS[name])


def timed(graphs: list[Any], inputs: dict[str, np.ndarray]) -> list[float]:
    """The milliseconds of the fastest run of each graph, taken in turns."""
    with open_engine("node") as engine:
        sessions = [load(engine, graph) for graph in graphs]
        results = [next(iter(session.execute(inputs).values())) for session in sessions]
        for result in results[1:]:
            error = float(np.abs(result - results[0]).max() / np.abs(results[0]).max())
            assert error < 1e-5, f"the sides differ by {error:.2g}"
        fastest = [float("inf")] * len(sessions)
        turn, end = 0, time.perf_counter() + SECONDS
        while turn < ROUNDS or time.perf_counter() < end:
            for index, session in enumerate(sessions):
                if turn > 1 and fastest[index] > HOPELESS * fastest[0]:
                    continue
                session.execute(inputs)
                fastest[index] = min(fastest[index], session.milliseconds)
            turn += 1
    return fastest


def main() -> bool:
    """Measures the networks named on the command line, or all; true when all meet their bars."""
    met = [measure(name) for name in sys.argv[1:] or BARS]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
