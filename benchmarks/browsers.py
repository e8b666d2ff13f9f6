"""Browser after browser, some of them killed at a random instant: does each model still get its verdict?

    python benchmarks/browsers.py [--starts 200] [--kills 20] [--backends wasm,webgl] [--seed 0]

Every start is an engine of its own with a browser of its own, in which a small model is loaded and run, and its answer
compared. In some of them the browser is killed (SIGKILL to all of its processes) while it starts, loads or computes.
Printed are the verdicts, what was left behind, and how long the undisturbed ones took. It fails if anything is missing.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from totfjs.errors import TotfjsError
from totfjs.runtime import open_engine, run_model
from totfjs.runtime.browsers.profile import commands

# The instants of a kill, as parts of how long an undisturbed turn takes: from before the start to after the answer.
INSTANTS = 0.02, 1.1
INPUT = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
KERNEL = np.random.default_rng(1).normal(size=(64, 32)).astype(np.float32)


def write_model(folder: Path) -> None:
    """y = tanh(x @ kernel), as a web model."""
    import totfjs

    def model(params: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        import jax.numpy as jnp

        return jnp.tanh(x @ params["kernel"])

    totfjs.convert(model, folder, inputs={"x": ("b", 64)}, weights={"kernel": KERNEL}, verify="off")


def browsers_of(folder: Path) -> list[int]:
    """The browsers whose profiles are in this folder, without the shells that guard them."""
    marked = f"{folder}/totfjs-browser-"
    return [process for process, command in commands() if marked in command and "--user-data-dir" in command]


def kill_soon(folder: Path, seconds: float, killed: list[str]) -> None:
    """Kills all processes of the browser that runs after these seconds, or as soon as there is one."""
    until = time.monotonic() + 60
    time.sleep(seconds)
    while not (found := browsers_of(folder)) and time.monotonic() < until:
        time.sleep(0.005)
    for process in found:
        with suppress(ProcessLookupError):
            os.killpg(os.getpgid(process), signal.SIGKILL)
    if found:
        killed.append(f"{seconds:.1f} s")


def turn(model: Path, backend: str) -> str:
    """One browser, one model, one verdict."""
    try:
        with open_engine("browser") as engine:
            found = next(iter(run_model(model, {"x": INPUT}, backend=backend, engine=engine).values()))
    except TotfjsError as error:
        return f"error: {error.what}"
    worst = float(np.abs(found - np.tanh(INPUT @ KERNEL)).max())
    return "verified" if worst <= 1e-4 else f"wrong by {worst:g}"


def measure(starts: int, kills: int, backends: Sequence[str], seed: int, folder: Path) -> bool:
    """All turns; whether all had a verdict, all kills hit, and nothing is left."""
    chance = random.Random(seed)
    chosen = set(chance.sample(range(1, starts), kills))
    verdicts: Counter[str] = Counter()
    times: list[float] = []
    killed: list[str] = []
    write_model(folder / "model")
    for number in range(starts):
        usual = statistics.median(times) if times else 2.0
        killer = threading.Thread(
            target=kill_soon, args=(folder, usual * chance.uniform(*INSTANTS), killed), daemon=True
        )
        if number in chosen:
            killer.start()
        before = time.perf_counter()
        verdict = turn(folder / "model", backends[number % len(backends)])
        seconds = time.perf_counter() - before
        verdicts[verdict] += 1
        if number not in chosen:
            times.append(seconds)
        if number % 10 == 9 or verdict != "verified":
            print(f"{number + 1:4} of {starts}: {verdict}, {seconds:.1f} s; {len(killed)} killed so far", flush=True)
    left = [process for process, command in commands() if f"{folder}/totfjs-browser-" in command]
    files = [path.name for path in folder.iterdir() if path.name != "model"]
    threads = threading.active_count() - 1
    print("verdicts:", ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    print(f"killed: {len(killed)} of {kills}, after {', '.join(killed)}")
    print(f"left behind: {len(left)} processes, {len(files)} profiles and other files, {threads} threads")
    low, middle, high = min(times), statistics.median(times), max(times)
    print(f"start, load, run and end: {low:.2f} s at least, {middle:.2f} s median, {high:.2f} s at most")
    return verdicts == {"verified": starts} and not left and not files


def main() -> int:
    """Measures in a folder of its own, so that nobody else's browsers count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--backends", default="wasm,webgl")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        passed = measure(arguments.starts, arguments.kills, arguments.backends.split(","), arguments.seed, Path(folder))
        tempfile.tempdir = None
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
