"""Whole networks on wasm in TensorFlow.js: latency after the passes, beside the same network lowered op by op.

    python benchmarks/speed.py [encoder vit-b16 resnet50 lstm]

All sides run in one engine and in turns; each figure is the time of the processor in the fastest run: the engine has
one thread, so that on an idle machine this is the latency, and others who use the machine count for less. `op_by_op`
says what the other side is.
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
    sides = {
        "op by op": distinct(op_by_op(source)),
        "op by op, operands spread": distinct(op_by_op(source, spread=True)),
        "lowered": distinct(lowered),
        "optimised": fast,
    }
    inputs = {"x": np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)}
    times = dict(zip(sides, timed(list(sides.values()), inputs), strict=True))
    for what, graph in sides.items():
        ratio = times["optimised"] / times[what]
        print(f"  {what:26}{len(list(graph.operations)):6} nodes{times[what]:9.2f} ms   optimised / this: {ratio:.3f}")
    return verdict(f"{case.name}: optimised / op by op", times["optimised"] / times["op by op"], case.bar)


def timed(graphs: list[Any], inputs: dict[str, np.ndarray]) -> list[float]:
    """The milliseconds of the fastest run of each graph, taken in turns."""
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
                start = time.process_time()
                session.execute(inputs)
                fastest[index] = min(fastest[index], (time.process_time() - start) * 1e3)
            turn += 1
    return fastest


def main() -> bool:
    """Measures the networks named on the command line, or all; true when all meet their bars."""
    met = [measure(case) for case in chosen(sys.argv[1:])]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
