"""Decides before a conversion what will be proved, and after it what that may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from totfjs.errors import UsageError
from totfjs.graph.graph import Graph
from totfjs.runtime import HEADLESS, Engine, available_engines, open_engine
from totfjs.runtime.wanted import wanted, warm
from totfjs.verification.cost import multiplications
from totfjs.verification.samples import Sizes

# Multiplications of all rounds together up to which a backend joins a proof by itself: about a second of each.
AFFORDABLE = {"cpu": 100_000_000, "wasm": 10_000_000_000}
# Weights up to which the proof, which holds the model in memory, runs by itself.
LARGEST = 256 * 1024 * 1024


@dataclass
class Plan:
    """Which backends were asked for ("auto": those that the cost allows), and the engine that will run them."""

    backends: tuple[str, ...]
    auto: bool
    unavailable: str = ""
    everything: bool = False
    _engine: Engine | None = field(default=None, repr=False)

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        """The threads in which the source computes while the model is written and TensorFlow.js loads it."""
        return ThreadPoolExecutor(2)

    @property
    def engine(self) -> Engine:
        """The engine, opened when first needed."""
        if self._engine is None:
            self._engine = open_engine()
        return self._engine

    def warm(self) -> None:
        """Starts TensorFlow.js in the background, so that it is ready when the model is written."""
        if not self.unavailable:
            warm(self.engine, self.backends)

    def close(self) -> None:
        """Ends the engine, and drops what the source has not begun to compute."""
        if "pool" in vars(self):
            self.pool.shutdown(cancel_futures=True)
        if self._engine is not None:
            self._engine.close()

    def affordable(self, graph: Graph, rounds: Sequence[Sizes]) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """The backends to run, and for each of the others why not."""
        if not self.auto:
            return self.backends, {}
        size = sum(node.array.size for node in graph.constants if node.array is not None) * 4
        if size > LARGEST:
            reason = f"the weights take {size >> 20} MiB in memory, more than {LARGEST >> 20}"
            return (), dict.fromkeys(self.backends, reason)
        cost = sum(multiplications(graph, sizes) for sizes in rounds)
        run = tuple(backend for backend in self.backends if cost <= AFFORDABLE[backend])
        reasons = dict.fromkeys(self.backends, f"{cost / 1000000.0:,.0f} million multiplications take it too long")
        return run, {name: reason for name, reason in reasons.items() if name not in run}


def plan(verify: str | Sequence[str], target: Sequence[str] = HEADLESS) -> Plan:
    """Reads the user's wish: "auto", "off", "all" or backends; `target` are those the model is converted for."""
    if verify is None or isinstance(verify, bool):
        raise UsageError(f"The value verify={verify} names no backend.", remedy='Give "auto", "off" or backends.')
    if verify in ("off", ["off"], ("off",)):
        return Plan((), False, "verification is off")
    if verify not in ("auto", ["auto"], ("auto",)):
        asked = wanted(verify, "auto, off, ")
        return Plan(asked.backends, False, everything=asked.everything)
    chosen = tuple(name for name in HEADLESS if name in target)
    if not available_engines():
        return Plan(chosen, True, "no JavaScript engine is installed (pip install mini-racer)")
    return Plan(chosen, True, "" if chosen else "no backend of the model runs without a browser")
