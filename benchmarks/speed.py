"""Whole networks on wasm in TensorFlow.js: latency after the passes, beside the same network lowered op by op.

    python benchmarks/speed.py [encoder vit-b16 resnet50 lstm]

All sides run in one engine and in turns; each figure is the fastest run. `op_by_op` says what the other side is.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from architectures import Case, chosen, opened
from measure import verdict
from mobilenet_passes import load
from op_by_op import op_by_op
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.runtime import open_engine

# Turns last this long, and are no fewer than that.
SECONDS, ROUNDS = 12.0, 7


def measure(case: Case) -> bool:
    """Prints the latencies of one network; true when the bar is met and both sides compute the same."""
    source = opened(case)
    start = time.perf_counter()
    lowered = source.graph()
    middle = time.perf_counter()
    fast = distinct(optimize(lowered))
    print(f"\n{case.name}: lowered in {middle - start:.2f} s, passes took {time.perf_counter() - middle:.2f} s")
    graphs = [distinct(op_by_op(source)), distinct(lowered), fast]
    inputs = {"x": np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)}
    naive, plain, best = timed(graphs, inputs)
    sizes = [len(list(graph.operations)) for graph in graphs]
    for what, size, ms in zip(("op by op", "lowered", "optimised"), sizes, (naive, plain, best), strict=True):
        print(f"  {what:10} {size:5} nodes {ms:9.2f} ms")
    print(f"  optimised / lowered: {best / plain:.3f}")
    return verdict(f"{case.name}: optimised / op by op", best / naive, case.bar)


def timed(graphs: list[Any], inputs: dict[str, np.ndarray]) -> list[float]:
    """The fastest run of each graph in milliseconds, taken in turns."""
    with open_engine("mini-racer") as engine:
        sessions = [load(engine, graph) for graph in graphs]
        results = [next(iter(session.execute(inputs).values())) for session in sessions]
        for result in results[1:]:
            error = float(np.abs(result - results[0]).max() / np.abs(results[0]).max())
            assert error < 1e-5, f"the sides differ by {error:.2g}"
        fastest = [float("inf")] * len(sessions)
        turn, end = 0, time.perf_counter() + SECONDS
        while turn < ROUNDS or time.perf_counter() < end:
            for index, session in enumerate(sessions):
                session.execute(inputs)
                fastest[index] = min(fastest[index], session.milliseconds or 0.0)
            turn += 1
    return fastest


def main() -> bool:
    """Measures the networks named on the command line, or all; true when all meet their bars."""
    met = [measure(case) for case in chosen(sys.argv[1:])]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
