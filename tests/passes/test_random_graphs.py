"""Graphs made at random of everything that the passes know: no combination of rules changes what is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, run
from tests.passes.harness import Builder, DType, Graph, Tensor, b, feeds, ops
from totfjs.graph.edit import prune
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Value
from totfjs.graph.interpret import compute, interpret
from totfjs.graph.ops import OpError
from totfjs.passes import optimize

SIZE, BATCH = 40, 4
UNARY = ("Relu", "Relu6", "Tanh", "Sigmoid", "Neg", "Square", "Identity", "Elu", "Abs", "Softmax", "Sin")
BINARY = ("AddV2", "Mul", "Sub", "Maximum", "Minimum", "RealDiv")
Step = Callable[["Growing"], Tensor]


class Growing:
    """A graph that grows by one op at a time."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.builder = Builder()
        shapes = {"x": (b, 4, 4, 3), "y": (b, 3)}
        self.values = [self.builder.input(name, DType.FLOAT32, shape) for name, shape in shapes.items()]
        self.failed: set[str] = set()
        self.computed: dict[Value, Any] = {}
        self.computed.update({Value(name): self.normal(BATCH, *shape[1:]) for name, shape in shapes.items()})

    def add(self, value: Tensor) -> None:
        """Takes a value if it can be computed and neither explodes nor vanishes."""
        for node in self.builder.nodes.values():
            if node.values[0] not in self.computed and node.name not in self.failed:
                operands = [self.computed[operand] for operand in node.inputs]
                results = (node.array.numpy(),) if node.array is not None else compute(node, operands)
                self.computed.update(zip(node.values, results, strict=True))
        array = self.computed[value.value]
        if array.ndim and 0 < array.size < 3000 and np.isfinite(array).all() and np.abs(array).max() < 100:
            self.values.append(value)

    def forget(self) -> None:
        """Leaves the nodes of a step that failed aside."""
        self.failed.update(self.builder.nodes)

    def any(self) -> Tensor:
        """Some value; the latest ones more often, so that chains grow long."""
        back = min(int(self.rng.geometric(0.4)), len(self.values))
        return self.values[-back]

    def of_rank(self, rank: int) -> Tensor:
        found = [value for value in self.values if value.rank == rank]
        return found[-min(int(self.rng.geometric(0.5)), len(found))]

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def normal(self, *shape: int) -> np.ndarray:
        return self.rng.standard_normal(shape).astype(np.float32)

    def constant(self, value: Tensor) -> np.ndarray:
        """One that broadcasts with a value: a special number, one number per channel, or one along another axis."""
        last = value.shape[-1] if value.rank else 1
        channels = last if isinstance(last, int) else 1
        number = self.pick(0, 1, 2, 0.5, 6, -1)
        shape = self.pick((), (channels,), (1,) * (value.rank - 1) + (channels,), (1,) * value.rank)
        return self.pick(np.full(shape, number, np.float32), self.normal(*shape), self.normal(*shape))


def unary(g: Growing) -> Tensor:
    return g.builder.op(g.pick(*UNARY), g.any())


def binary(g: Growing) -> Tensor:
    return g.builder.op(g.pick(*BINARY), *g.pick((a := g.any(), g.any()), (a, a)))


def with_constant(g: Growing) -> Tensor:
    value = g.any()
    operands = (value, g.constant(value))
    return g.builder.op(g.pick(*BINARY), *g.pick(operands, operands[::-1]))


def power(g: Growing) -> Tensor:
    return g.builder.op("Pow", g.any(), g.pick(1.0, 2.0, 3.0))


def transpose(g: Growing) -> Tensor:
    value = g.any()
    perm = g.pick((0, 3, 1, 2), (0, 2, 3, 1)) if value.rank == 4 else g.rng.permutation(value.rank)
    return g.builder.op("Transpose", value, np.array(perm, np.int32))


def reshape(g: Growing) -> Tensor:
    value = g.any()
    known = [size if isinstance(size, int) else -1 for size in value.shape]
    return g.builder.op("Reshape", value, g.pick([-1], [-1, 3], [-1, 4, 4, 3], [-1, 48], known))


def reduction(g: Growing) -> Tensor:
    value = g.any()
    axes = sorted({int(axis) for axis in g.rng.integers(value.rank, size=2)})
    return g.builder.op(g.pick("Sum", "Mean", "Max"), value, axes, keep_dims=bool(g.pick(True, False)))


def convolution(g: Growing) -> Tensor:
    value = g.of_rank(4)
    if g.pick(True, False):
        value = g.builder.op("Pad", value, np.array([[0, 0], [1, 1], [0, 1], [0, 0]], np.int32))
    channels = int(str(value.shape[-1]))
    op, last = g.pick(("Conv2D", 3), ("DepthwiseConv2dNative", 1))
    stride = g.pick(1, 2)
    padding = g.pick("SAME", "VALID")
    return g.builder.op(
        op, value, 0.3 * g.normal(2, 2, channels, last), strides=(1, stride, stride, 1), padding=padding
    )


def product(g: Growing) -> Tensor:
    value, flip = g.of_rank(2), bool(g.pick(True, False))
    rows = int(str(value.shape[-1]))
    return g.builder.op(
        "MatMul", value, g.normal(3, rows) if flip else g.normal(rows, 3), transpose_a=False, transpose_b=flip
    )


def batch_norm(g: Growing) -> Tensor:
    value = g.any()
    channels = int(str(value.shape[-1]))
    return (value - g.normal(channels)) * g.normal(channels) + g.normal(channels)


def concat(g: Growing) -> Tensor:
    value = g.any()
    return g.builder.op("ConcatV2", value, g.builder.op("Neg", value), value.rank - 1)


STEPS: tuple[Step, ...] = (
    unary, unary, binary, with_constant, with_constant, power, transpose, reshape, reduction, convolution, convolution,
    product, product, batch_norm, concat,
)  # fmt: skip


def grown(seed: int) -> Graph:
    """A graph of some forty ops, three of whose values are outputs."""
    g = Growing(seed)
    for _ in range(SIZE):
        try:
            g.add(g.pick(*STEPS)(g))
        except (OpError, ValueError):  # the op does not take this operand, or not this many images: another one will
            g.forget()
    chosen = g.rng.choice(len(g.values) - 2, size=3, replace=False) + 2
    return prune(g.builder.build({f"out{index}": g.values[int(place)] for index, place in enumerate([-1, *chosen])}))


@pytest.mark.parametrize("seed", range(150))
def test_the_passes_leave_the_meaning_alone(seed: int) -> None:
    graph = grown(seed)
    after = optimize(graph)
    fed = feeds(graph, BATCH)
    expected, actual = interpret(graph, fed), interpret(after, fed)
    for name, value in expected.items():
        assert graph.type(graph.outputs[name]) == after.type(after.outputs[name])
        assert_near(actual[name], value)
    assert ops(after).get("Transpose", 0) <= ops(graph).get("Transpose", 0)
    assert optimize(after) is after


@pytest.mark.parametrize("seed", range(8))
def test_tensorflow_js_computes_the_same(engine: object, seed: int) -> None:
    graph = grown(1000 + seed)
    after, fed = distinct(optimize(graph)), feeds(graph, BATCH)
    expected = interpret(graph, fed)
    for backend in RUN_ON:
        actual = run(engine, after, fed, backend)
        for name, value in expected.items():
            assert_near(actual[name], value)


def assert_near(actual: np.ndarray, expected: np.ndarray) -> None:
    """Roundings differ and grow along the way; what a wrong rule does is larger by far."""
    scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-3 * scale)
