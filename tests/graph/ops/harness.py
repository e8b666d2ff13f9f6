"""Holds one call of an op against real TensorFlow.js: the numpy meaning is right, or the spec says where it differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct, programs, weights
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import Call, Operand, OpSpec, spec
from totfjs.graph.types import dtype_of

RUN_ON = ("cpu", "wasm")
EVERYWHERE = (*RUN_ON, "webgl", "webgpu")


@dataclass(frozen=True)
class Case:
    """An op on operands. Operands that the host reads are constants, the others are fed unless listed in `constant`."""

    op: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    constant: tuple[int, ...] = ()
    label: str = ""

    def __str__(self) -> str:
        shapes = "x".join(f"{np.asarray(o).dtype.kind}{list(np.shape(o))}".replace(" ", "") for o in self.operands)
        attrs = ",".join(f"{key}={value}" for key, value in self.attrs.items())
        return "-".join(part for part in (self.op, self.label, shapes, attrs) if part)


def case(op: str, *operands: Any, constant: tuple[int, ...] = (), label: str = "", **attrs: Any) -> Case:
    """A row of a table of cases. Operands are numpy arrays of graph dtypes."""
    return Case(op, tuple(np.asarray(operand) for operand in operands), attrs, constant, label)


def build(case: Case) -> Graph:
    """The graph with the one op, all its outputs as outputs. Limits are not enforced: they are what is tested."""
    builder = Builder(backends=())
    found = spec(case.op)
    slots = found.operand_inputs(len(case.operands))
    tensors: list[Tensor] = []
    for index, (item, operand) in enumerate(zip(slots, case.operands, strict=True)):
        if item.host or index in case.constant:
            tensors.append(builder.const(operand, name=f"c{index}"))
        else:
            tensors.append(builder.input(f"x{index}", dtype_of(operand), operand.shape))
    outputs = builder.ops(case.op, *tensors, **case.attrs)
    return distinct(builder.build({f"y{index}": tensor for index, tensor in enumerate(outputs)}))


def call_of(case: Case) -> Call:
    """The call with every operand known, as limits and differences see it."""
    from totfjs.graph.types import TensorType

    operands = [Operand(TensorType(dtype_of(array), array.shape), array) for array in case.operands]
    return spec(case.op).complete(operands, case.attrs)


def model_of(graph: Graph) -> tuple[dict[str, Any], bytes]:
    """The `model.json` of a graph, and its weights."""
    model: dict[str, Any] = {"format": "graph-model", **programs(graph)}
    entries, pieces = [], []
    for name, array in weights(graph):
        value = array.numpy()
        entries.append({"name": name, "shape": list(value.shape), "dtype": str(dtype_of(value))})
        pieces.append(_packed(value))
    model["weightsManifest"] = [{"paths": ["weights.bin"], "weights": entries}]
    return model, b"".join(pieces)


def run(engine: Any, graph: Graph, inputs: dict[str, np.ndarray], backend: str) -> dict[str, np.ndarray]:
    """The outputs of a graph in real TensorFlow.js."""
    model, data = model_of(graph)
    session = engine.load(model, [data], backend=backend)
    try:
        return session.execute(inputs)
    finally:
        session.close()


def check(engine: Any, case: Case, backend: str) -> None:
    """Compares the op's meaning with a backend, as its spec says: equal, limited, or recorded as different."""
    found, call, graph = spec(case.op), call_of(case), build(case)
    inputs = {name: case.operands[int(name[1:])] for name in graph.inputs}
    expected = interpret(graph, inputs)
    _check_types(graph, expected)
    limits = found.violations(call, (backend,))  # type: ignore[arg-type]
    if any(limit.effect in ("crashes", "undefined") for limit in limits):
        return
    if any(limit.effect == "throws" for limit in limits):
        with pytest.raises(EngineError):
            run(engine, graph, inputs, backend)
        return
    recorded = [item for item in found.differences if backend in item.backends and item.when(call)]
    if limits or recorded:
        different = differs(engine, graph, inputs, backend, expected, found)
        free = any(not item.certain for item in recorded)
        assert different or free, f"{backend} computes the meaning, but the spec records: {(*limits, *recorded)}"
        return
    actual = run(engine, graph, inputs, backend)
    tolerance, absolute = found.error(backend)
    for name, value in expected.items():
        assert_close(actual[name], value, tolerance, found.accumulates, absolute)


def check_graph(engine: Any, graph: Graph, inputs: dict[str, np.ndarray], backend: str) -> dict[str, Any]:
    """Compares what the interpreter makes of a graph with a backend; gives the outputs."""
    graph = distinct(graph)
    expected = interpret(graph, inputs)
    _check_types(graph, expected)
    actual = run(engine, graph, inputs, backend)
    for name, value in expected.items():
        assert_close(actual[name], value, tolerance=1e-6, accumulates=True)
    return expected


def differs(engine: Any, graph: Graph, inputs: Any, backend: str, expected: Any, found: OpSpec) -> bool:
    """Whether the backend throws or computes something else."""
    tolerance, absolute = found.error(backend)
    try:
        actual = run(engine, graph, inputs, backend)
        for name, value in expected.items():
            assert_close(actual[name], value, tolerance, found.accumulates, absolute)
    except (EngineError, AssertionError, ValueError):
        return True
    return False


def assert_close(
    actual: np.ndarray, expected: Any, tolerance: float, accumulates: bool = False, absolute: float = 0.0
) -> None:
    """Same dtype, shape, NaNs and infinities; finite values within a relative and an absolute error (both 0: equal)."""
    expected = np.asarray(expected)
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    assert dtype_of(actual) == dtype_of(expected), f"dtype {actual.dtype}, expected {expected.dtype}"
    if expected.dtype.kind not in "fc":
        assert list(map(_text, actual.flat)) == list(map(_text, expected.flat))
        return
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(actual[~finite], expected[~finite])
    scale = np.maximum(np.abs(expected[finite]), np.finfo(np.float32).tiny)
    scale = np.full_like(scale, scale.max(initial=0)) if accumulates else scale
    error = np.abs(actual[finite].astype(np.complex128) - expected[finite])
    assert (error <= tolerance * scale + absolute).all(), (
        f"relative error {np.max(error / scale)} > {tolerance}:\n{actual}\n{expected}"
    )


def _check_types(graph: Graph, expected: dict[str, Any]) -> None:
    for name, value in graph.outputs.items():
        inferred, found = graph.type(value), np.asarray(expected[name])
        assert inferred.dtype == dtype_of(found)
        assert inferred.rank == found.ndim, f"the rule says {inferred}, the meaning gives {found.shape}"
        for size, actual in zip(inferred.shape, found.shape, strict=True):
            assert not isinstance(size, int) or size == actual, (
                f"the rule says {inferred}, the meaning gives {found.shape}"
            )


def _text(item: Any) -> Any:
    return item.decode() if isinstance(item, bytes) else item


def _packed(value: np.ndarray) -> bytes:
    if value.dtype.kind not in "OUST":
        return np.ascontiguousarray(value).tobytes()
    texts = [item if isinstance(item, bytes) else str(item).encode() for item in value.flat]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)
