"""What tests of passes share: one-op builders, and the proof that a pass left the meaning of a graph alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.graph.ops.harness import RUN_ON, run
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.ops.spec import BACKENDS, Backend
from totfjs.graph.types import DType
from totfjs.passes.check import check_same

Pass = Callable[[Graph], Graph]
F32 = DType.FLOAT32
b = symbol("b")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return rng(seed).standard_normal(shape).astype(np.float32)


def build(
    make: Callable[..., Any], *shapes: Shape, dtype: DType = F32, backends: Sequence[Backend] = BACKENDS
) -> Graph:
    """The graph of a function of a builder and of one input per shape: x, y, z."""
    builder = Builder(backends)
    made = make(builder, *(builder.input(name, dtype, shape) for name, shape in zip("xyz", shapes, strict=False)))
    outputs = made if isinstance(made, tuple) else (made,)
    return builder.build({f"out{index}": tensor for index, tensor in enumerate(outputs)})


def feeds(graph: Graph, size: int = 3, seed: int = 7) -> dict[str, np.ndarray]:
    """Random inputs, symbolic dims being `size`."""
    found: dict[str, np.ndarray] = {}
    for index, (name, value) in enumerate(graph.inputs.items()):
        kind = graph.type(value)
        shape = tuple(s if isinstance(s, int) else s.evaluate(dict.fromkeys(s.symbols, size)) for s in kind.shape)
        found[name] = (normal(*shape, seed=seed + index) * 3).astype(kind.dtype.numpy)
    return found


def ops(graph: Graph) -> dict[str, int]:
    """How many nodes of each op compute something."""
    return dict(sorted(Counter(node.op for node in graph.operations).items()))


def only(graph: Graph, op: str) -> Any:
    """The one node of an op."""
    (node,) = (node for node in graph if node.op == op)
    return node


def same(engine: Any, before: Graph, after: Graph, *, tolerance: float = 2e-5, inputs: Any = None) -> None:
    """Both graphs compute the same in numpy, and the second one does so in TensorFlow.js on every backend."""
    fed = feeds(before) if inputs is None else inputs
    check_same(before, after, fed)
    expected = interpret(before, fed)
    for backend in RUN_ON:
        actual = run(engine, distinct(after), fed, backend)
        for name, value in expected.items():
            scale = max(float(np.abs(np.nan_to_num(value, posinf=0, neginf=0)).max(initial=0)), 1e-30)
            np.testing.assert_allclose(actual[name], value, rtol=0, atol=tolerance * scale, err_msg=backend)


def fires(engine: Any, step: Pass, graph: Graph, expected: dict[str, int], **more: Any) -> Graph:
    """The pass leaves the expected ops, computes the same, and has nothing to do the second time."""
    after = step(graph)
    assert ops(after) == dict(sorted(expected.items()))
    assert step(after) is after
    same(engine, graph, after, **more)
    return after


def stays(step: Pass, graph: Graph) -> None:
    """The pass finds nothing to do."""
    after = step(graph)
    assert after is graph, f"{graph}\nbecame\n{after}"


def conv(builder: Builder, x: Tensor, weights: Any, strides: int = 1, padding: str = "SAME", **attrs: Any) -> Tensor:
    return builder.op("Conv2D", x, weights, strides=(1, strides, strides, 1), padding=padding, **attrs)


def depthwise(builder: Builder, x: Tensor, weights: Any, strides: int = 1, padding: str = "SAME") -> Tensor:
    return builder.op("DepthwiseConv2dNative", x, weights, strides=(1, strides, strides, 1), padding=padding)


def matmul(builder: Builder, x: Tensor, y: Any, *, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    return builder.op("MatMul", x, y, transpose_a=transpose_a, transpose_b=transpose_b)


def spread(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


__all__ = [
    "F32", "Builder", "DType", "Graph", "Tensor", "b", "build", "conv", "depthwise", "feeds", "fires", "matmul",
    "normal", "only", "ops", "rng", "same", "spread", "stays",
]  # fmt: skip
