"""Random outputs: their numbers are not compared, their shapes and dtypes are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.verification.models import GraphSource, write
from totfjs.cli.text import describe_verification
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType
from totfjs.verification import begin, plan, prove, verify
from totfjs.verification.compare import compare_kinds
from totfjs.verification.drawn import drawn_outputs


def noisy() -> Graph:
    """One output with noise, one without."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 3))
    noise = builder.op("RandomStandardNormal", builder.const(np.array([3], np.int32)))
    return distinct(builder.build({"noisy": x + noise, "plain": x * x}))


def test_what_random_numbers_flow_into_is_drawn() -> None:
    assert drawn_outputs(noisy()) == {"noisy"}


def test_a_function_that_draws_makes_its_callers_random() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (3,))
    calling = builder.build({"y": x + x})
    nodes = {name: replace(node, attrs={**node.attrs, "f": "outer"}) for name, node in calling.nodes.items()}
    outer = replace(calling, nodes={name: replace(node, attrs={"f": "inner"}) for name, node in nodes.items()})
    graph = replace(calling, nodes=nodes, functions={"outer": outer, "inner": noisy(), "quiet": calling})
    assert drawn_outputs(graph) == {"y"}
    assert drawn_outputs(calling) == frozenset()


def test_random_outputs_pass_and_say_so_and_the_others_are_measured(tmp_path: Path) -> None:
    graph = noisy()
    chosen = plan("cpu")
    found = prove(begin(chosen, GraphSource(graph), graph), write(graph, tmp_path / "web"))
    chosen.close()
    assert found.passed
    assert {row.output: row.max_abs_error is None for row in found.rows} == {"noisy": True, "plain": False}
    assert "noisy is random: only its shape and dtype are compared" in describe_verification(found, "")
    assert verify(tmp_path / "web", backends="cpu").passed


def test_a_random_output_of_another_shape_or_dtype_fails() -> None:
    given = np.ones(3, np.float32)
    assert compare_kinds("cpu", {}, "y", given, np.zeros(3)).passed
    assert "has shape [3]" in compare_kinds("cpu", {}, "y", given, np.zeros(4)).reason
    assert not compare_kinds("cpu", {}, "y", given, np.zeros(3, np.int32)).passed
