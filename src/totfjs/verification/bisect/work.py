"""The steps of a bisection: is the graph what the source means, and do the backends compute what the graph means?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.errors import EngineError, TotfjsError
from totfjs.graph.graph import Graph
from totfjs.runtime import Engine
from totfjs.runtime.model_files import read_model
from totfjs.sources.source import Source
from totfjs.sources.tfjs import WebModel
from totfjs.verification.bisect.agree import agree
from totfjs.verification.bisect.backend import Search, Suspect
from totfjs.verification.bisect.device import Device
from totfjs.verification.bisect.gap import gap
from totfjs.verification.bisect.layers import first_wrong_layer
from totfjs.verification.bisect.record import Finding
from totfjs.verification.bisect.telling import merged, of_backend, of_fault, of_growth, of_layer, of_pairs, of_source
from totfjs.verification.bisect.trace import Trace, trace
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.round import Round, first_batch

if TYPE_CHECKING:
    from totfjs.verification.bisect.conversion import Again, Written


@dataclass
class Work:
    """A web model, its source if there is one, the inputs to run, and where."""

    directory: Path
    model: Any
    source: Source | None
    turns: Sequence[Round]
    engine: Engine
    backends: Sequence[str]
    tolerance: float
    save: Path | None
    notes: tuple[str, ...] = ()
    _again: Again | None = None
    _found: bool = False
    _expected: dict[int, Mapping[str, np.ndarray]] = field(default_factory=dict)
    _traces: dict[int, Trace] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """What is wrong: at most one finding for the conversion, then one for each node that backends get wrong."""
        conversion = next((found for number in range(len(self.turns)) for found in self._conversion(number)), None)
        self._found = conversion is not None
        if conversion is not None:
            yield self._saved(conversion, first=True)
        wrong = list(self._merged([found for backend in self.backends for found in self._backend(backend)]))
        for found in wrong:
            yield self._saved(found, first=conversion is None and found is wrong[0])
        if conversion is None and not wrong:
            yield from self._not_finite()

    # --- what is run --------------------------------------------------------------------------------------------

    @cached_property
    def graph(self) -> Graph:
        """The graph of the web model, or of its layers."""
        graph: Graph = self.model.graph(())
        return graph

    @property
    def is_graph(self) -> bool:
        """Whether it is a graph model, of which TensorFlow.js tells every value."""
        return isinstance(self.model, WebModel)

    @cached_property
    def _files(self) -> tuple[Mapping[str, Any], list[Any]]:
        files = read_model(self.directory)
        return files.json, list(files.shards())

    def given(self, number: int) -> Mapping[str, np.ndarray]:
        """The inputs of a round, as many as go in at once."""
        return first_batch(self.turns[number])

    def expected(self, number: int) -> Mapping[str, np.ndarray]:
        """What is expected of a round under the names of the web model; nothing without a source or pairs."""
        if number not in self._expected:
            self._expected[number] = self._told(number)
        return self._expected[number]

    def _told(self, number: int) -> Mapping[str, np.ndarray]:
        turn = self.turns[number]
        told = turn.expected()
        if self.source is not None and not told:
            told = self.source.evaluate(self.given(number))
        elif turn.batch:
            told = {name: array[: turn.batch] for name, array in told.items()}
        if set(told) <= set(self.graph.outputs):
            return told
        return dict(zip(self.graph.outputs, told.values(), strict=True))

    def trace(self, number: int) -> Trace:
        """What the graph of the web model computes in a round."""
        if number not in self._traces:
            self._traces[number] = trace(self.graph, self._named(self.graph.inputs, number))
        return self._traces[number]

    def _named(self, names: Mapping[str, Any], number: int) -> dict[str, np.ndarray]:
        return dict(zip(names, self.given(number).values(), strict=True))

    @cached_property
    def drawn(self) -> frozenset[str]:
        """The outputs that are random."""
        return drawn_outputs(self.graph)

    # --- conversion ---------------------------------------------------------------------------------------------

    def _conversion(self, number: int) -> Iterator[Finding]:
        """What the graph of the web model gives otherwise than its source, in one round."""
        expected = {name: array for name, array in self.expected(number).items() if name not in self.drawn}
        found = self.trace(number)
        known = {name: array for name, array in expected.items() if name in found.outputs}
        if agree(found.outputs, known, self.tolerance):
            return
        sizes = self.turns[number].sizes
        if self.source is None:
            yield of_pairs(found, known, self.tolerance, sizes)
            return
        from totfjs.verification.bisect.conversion import locate

        again = self._fresh(number, known)
        fault = locate(again.written, again)
        yield of_fault(fault, again, sizes)

    def _fresh(self, number: int, expected: Mapping[str, np.ndarray]) -> Again:
        from totfjs.verification.bisect.conversion import Again

        assert self.source is not None
        self._again = Again(self.source, self._written(number, expected), self.given(number))
        return self._again

    def _written(self, number: int, expected: Mapping[str, np.ndarray]) -> Written:
        from totfjs.verification.bisect.conversion import Written

        entries = self.model.weights if self.is_graph else (getattr(self.model, "entries", None) or {})
        inputs = self._named(self.graph.inputs, number)
        return Written(self.graph, inputs, expected, entries, self._files[0], self.tolerance, self.is_graph)

    # --- backends -----------------------------------------------------------------------------------------------

    def _backend(self, backend: str) -> Iterator[Finding]:
        """The first node that a backend gets wrong in any round."""
        document, shards = self._files
        device = Device(self.engine, backend, document, shards)
        try:
            for number in range(len(self.turns)):
                found = self._in_round(device, number)
                if found is not None:
                    yield found
                    return
        finally:
            device.close()

    def _in_round(self, device: Device, number: int) -> Finding | None:
        own, sizes, thrown = self.trace(number), self.turns[number].sizes, ""
        try:
            actual = self._run(device, number)
        except EngineError as error:
            actual, thrown = {}, error.what
        meant = {name: array for name, array in own.outputs.items() if name not in self.drawn}
        wanted = {} if self._found else {k: v for k, v in self.expected(number).items() if k not in self.drawn}
        if not thrown and agree(actual, meant, self.tolerance) and agree(actual, wanted, self.tolerance):
            return None
        if not self.is_graph:
            wrong = first_wrong_layer(device, own, self._fed(device, number), self.tolerance)
            return None if wrong is None else of_layer(wrong, device.backend, sizes)
        search = Search(self.engine, device, own, self.given(number))
        suspect = search.find()
        if suspect is None:
            off = (gap(actual[name], array).error for name, array in meant.items() if name in actual)
            return of_growth(search.growth(), device.backend, max(off, default=inf), thrown, sizes)
        right = [name for name in self.backends if name != device.backend and self._is_right(suspect, search, name)]
        return of_backend(suspect, search, right, sizes, self._origin(suspect.node.name))

    def _run(self, device: Device, number: int) -> Mapping[str, np.ndarray]:
        if self.is_graph:
            return device.run(self.given(number))
        found = device.run(self._fed(device, number))
        return dict(zip(self.graph.outputs, found.values(), strict=True))

    def _fed(self, device: Device, number: int) -> Mapping[str, np.ndarray]:
        """The inputs as the loaded model calls them."""
        return self.given(number) if self.is_graph else device.fed(self.given(number))

    def _is_right(self, suspect: Suspect, search: Search, backend: str) -> bool:
        """Whether another backend computes a node right."""
        if suspect.in_place or not suspect.operands or not suspect.expected:
            return False
        other = replace(search, device=replace(search.device, backend=backend), ran=0)
        return other.alone(suspect.node, suspect.operands, suspect.expected) is None

    def _origin(self, node: str) -> str:
        """Where a node comes from: a fresh conversion knows, if there is a source."""
        if self.source is None or not self.is_graph:
            return str(self.graph.nodes[node].origin)
        again = self._again or self._fresh(0, {})
        try:
            return str(again.origins.get(node, ""))
        except TotfjsError:  # a source that is not converted now tells no origins, and the finding stands without
            return ""

    def _merged(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """One finding for the same node on several backends."""
        groups: dict[tuple[str, str], list[Finding]] = {}
        for found in findings:
            groups.setdefault((found.node, found.blame), []).append(found)
        for same in groups.values():
            yield merged(same)

    def _not_finite(self) -> Iterator[Finding]:
        """Where NaN or infinity begins, which the source gives too."""
        for number in range(len(self.turns)):
            found = self.trace(number)
            if any(array.dtype.kind in "fc" and not np.isfinite(array).all() for array in found.outputs.values()):
                told = of_source(found, self.turns[number].sizes)
                if told is not None:
                    yield told
                    return

    # --- the case -----------------------------------------------------------------------------------------------

    def _saved(self, found: Finding, *, first: bool) -> Finding:
        """The finding, with its node as a model of its own where that is wanted."""
        if self.save is None or not first or found.case_of is None:
            return found
        from totfjs.verification.bisect.case import write_case

        case, expected = found.case_of
        return replace(found, case=write_case(self.save, case, expected, found))
