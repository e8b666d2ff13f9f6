"""JAX's own harness suite through totfjs and TensorFlow.js: `python benchmarks/harness`.

Results are appended to a file as they come, so that a run goes on where the last one stopped. Exit code 1 when any case
is wrong or fails without saying so in an error of totfjs.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import carries, suite
from results import kind_of, page, read, reasons, table
from worker import Worker

ROOT = Path(__file__).parents[2]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="harness", description=__doc__)
    parser.add_argument("--groups", type=_names, default=(), help="run these groups only")
    parser.add_argument("--match", default="", help="run cases whose name holds this text")
    parser.add_argument("--sample", type=int, default=0, help="run this many cases of each group, spread evenly")
    parser.add_argument("--backends", type=_names, default=("cpu", "wasm"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for each case")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "harness.jsonl")
    parser.add_argument(
        "--again", nargs="?", const="all", default="", help="repeat all, or cases that were wrong,error,…"
    )
    parser.add_argument("--reasons", type=_names, default=("wrong", "error"), help="outcomes whose reasons are listed")
    parser.add_argument("--write", action="store_true", help="write docs/jax.md")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def chosen(options: argparse.Namespace) -> Iterator[str]:
    """The cases that the options name."""
    groups: dict[str, list[str]] = {}
    for name, harness in suite().items():
        if options.match in name and (not options.groups or harness.group_name in options.groups):
            groups.setdefault(harness.group_name, []).append(name)
    for names in groups.values():
        step = max(len(names) // options.sample, 1) if options.sample else 1
        yield from names[::step][: options.sample or None]


def pending(names: list[str], options: argparse.Namespace, done: dict[str, dict[str, Any]]) -> list[str]:
    """The cases that have no result for these backends yet, or whose result is asked for again."""

    def due(name: str) -> bool:
        result = done.get(name)
        if result is None or not set(options.backends) <= set(result["outcomes"]):
            return True
        return options.again == "all" or kind_of(result) in options.again.split(",")

    return [name for name in names if due(name)]


def run(names: list[str], options: argparse.Namespace) -> None:
    """Runs cases in some processes at once, and appends each result to the file."""
    options.results.parent.mkdir(parents=True, exist_ok=True)
    queue, lock, started = iter(list(enumerate(names, 1))), threading.Lock(), time.monotonic()

    def work() -> None:
        worker = Worker(options.backends, options.timeout)
        while True:
            with lock:
                number, name = next(queue, (0, ""))
            if not name:
                return worker.close()
            before = time.monotonic()
            harness, outcomes = suite()[name], worker.run(name)
            line = {"case": name, "group": harness.group_name, "carried": carries(harness), "outcomes": outcomes}
            with lock, options.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**line, "seconds": round(time.monotonic() - before, 2)}) + "\n")
            if number % 100 == 0:
                print(f"{number} of {len(names)} in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)

    threads = [threading.Thread(target=work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> int:
    options = arguments()
    names = list(chosen(options))
    run(pending(names, options, read(options.results)), options)
    done = read(options.results)
    results = [done[name] for name in names]
    for line in reasons(results, options.reasons):
        print(line)
    print(table(results))
    if options.write:
        (ROOT / "docs" / "jax.md").write_text(page(results), encoding="utf-8")
    return 1 if any(kind_of(result) in ("wrong", "error") for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
