"""Faults of backends, as they are: models that another converter may write, and that some backend gets wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.verification.bisect.room import Fault, Faulty, Room, by_hand, numbers
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.types import DType

F32, I32 = DType.FLOAT32, DType.INT32
_PRODUCT = {"fused_ops": ("BiasAdd",), "num_args": 1}


def transposed_product(room: Room) -> Faulty:
    """relu(x @ W.T + b), the layout of other frameworks: the bias is added once for each block of 48."""

    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        weights, bias = (
            b.const(numbers(5, 64, seed=3) * 0.1, name="linear/weight"),
            b.const(numbers(5, seed=1), name="linear/bias"),
        )
        x = b.op("Tanh", fed["x"], name="linear/input")
        y = b.op("_FusedMatMul", x, weights, bias, transpose_b=True, **_PRODUCT, name="linear/product")
        return b.op("Softmax", y, name="probabilities")

    return Faulty(by_hand(room, build, x=numbers(3, 64)))


def batched_product(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        bias = b.const(numbers(4, seed=1) - 3.0, name="bias")
        other = b.const(numbers(2, 50, 4), name="other")
        y = b.op("_FusedMatMul", fed["x"], other, bias, **_PRODUCT, name="heads/product")
        return b.op("Sum", y * 2.0, (1,), name="sum")

    return Faulty(by_hand(room, build, x=numbers(2, 3, 50)))


def one_hot_of_floats(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        hot = b.op("OneHot", fed["ids"], 4, b.const(np.float32(1)), b.const(np.float32(0)), name="encode/OneHot")
        return b.op("MatMul", hot, b.const(numbers(4, 3)), name="embed")

    ids = np.arange(3, dtype=np.int32)
    return Faulty(by_hand(room, build, ids=ids), None, {"data": {"ids": ids}})


def seven_dims(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        x = b.op("Reshape", fed["x"], (1, 2, 1, 2, 1, 2, 3), name="spread")
        y = b.op("AddV2", x, b.const(numbers(2, 3)), name="shifted")
        return b.op("Reshape", y, (8, 3), name="flat")

    return Faulty(by_hand(room, build, x=numbers(8, 3)))


def floor_of_large(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        large = b.op("AddV2", fed["n"], b.const(np.array(2**30 + 1, np.int32)), name="large")
        quotient = b.op("FloorDiv", large, b.const(np.array(3, np.int32)), name="index/FloorDiv")
        return b.op("Sub", quotient, b.const(np.array(2**28, np.int32)), name="index")

    return Faulty(by_hand(room, build, n=np.arange(5, dtype=np.int32)))


def product_of_integers(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        seed = b.op("AddV2", fed["n"], b.const(np.array(1103515245, np.int32)), name="seed")
        mixed = b.op("Mul", seed, b.const(np.array(1664525123, np.int32)), name="hash/Mul")
        return b.op("AddV2", mixed, b.const(np.array(7, np.int32)), name="hash")

    return Faulty(by_hand(room, build, n=np.arange(5, dtype=np.int32)))


def missing_kernel(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        y = b.op("Einsum", fed["x"], b.const(numbers(4, 2)), equation="ab,bc->ac", name="attention/einsum")
        return b.op("Relu", y, name="out")

    return Faulty(by_hand(room, build, x=numbers(3, 4)))


def lost_nan(room: Room) -> Faulty:
    """NaN in the second operand of Maximum, which wasm passes over."""

    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        root = b.op("Sqrt", fed["x"], name="root")
        return b.op("Maximum", b.const(np.float32(0.5)), root, name="floor") * 2.0

    return Faulty(by_hand(room, build, x=numbers(4, 3)))


def inside_of_a_loop(room: Room) -> Faulty:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        weights = b.const(numbers(2, 50, 50) * 0.1, name="cell/weight")
        bias = b.const(numbers(50, seed=1) * 0.3, name="cell/bias")

        def turn(i: Tensor, v: Tensor) -> list[Tensor]:
            product = b.op("_FusedMatMul", v, weights, bias, **_PRODUCT, name="cell/product")
            return [b.op("Tanh", product, name="cell/tanh")]

        return _loop(b, fed["x"], 3, turn) * 3.0

    return Faulty(by_hand(room, build, x=numbers(2, 2, 50)))


def _loop(b: Builder, start: Tensor, count: int, turn: Any) -> Tensor:
    """A loop of frames, as TensorFlow 1 writes them."""
    entered = [b.op("Enter", value, frame_name="loop") for value in (b.const(np.int32(0)), start)]
    heads = [b.op("Merge", value, value) for value in entered]
    going = b.op("LoopCond", b.op("Less", heads[0], b.const(np.int32(count))))
    routed = [b.ops("Switch", head, going) for head in heads]
    counter, state = (live for _, live in routed)
    for head, value in zip(heads, [counter + 1, *turn(counter, state)], strict=True):
        b.close(head, value)
    return b.op("Exit", routed[1][0], name="loop/Exit")


def large_on_gpu(room: Room) -> Faulty:
    """More than the GPU backends leave to the processor, and beyond 2**24."""

    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        large = b.op("AddV2", fed["n"], b.const(np.array(2**25 + 1, np.int32)), name="key/AddV2")
        return b.op("Sub", large, b.const(np.array(2**25, np.int32)), name="key")

    return Faulty(by_hand(room, build, n=np.arange(3000, dtype=np.int32)))


def pool_of_the_lowest(room: Room) -> Faulty:
    """MaxPool of values below -1e20, where the windows of GPUs start."""

    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        low = b.op("Mul", fed["x"], b.const(np.float32(-3e20)), name="masked")
        return b.op("MaxPool", low, ksize=(1, 2, 2, 1), strides=(1, 2, 2, 1), padding="VALID", name="pool") * 1e-20

    return Faulty(
        by_hand(room, build, x=np.abs(numbers(1, 4, 4, 2)) + 1), None, {"data": {"x": np.abs(numbers(1, 4, 4, 2)) + 1}}
    )


WASM, CPU, WEBGL, WEBGPU = ("wasm",), ("cpu",), ("webgl",), ("webgpu",)
FAULTS = (
    Fault("a transposed product with a bias", transposed_product, "linear/product", "backend", WASM),
    Fault("a batched product with a bias", batched_product, "heads/product", "backend", WASM),
    Fault("one hot of floats", one_hot_of_floats, "encode/OneHot", "backend", WASM),
    Fault("seven dims", seven_dims, "shifted", "backend", WASM),
    Fault("a quotient of large integers", floor_of_large, "index/FloorDiv", "backend", WASM),
    Fault("a product of integers", product_of_integers, "hash/Mul", "backend", CPU),
    Fault("a missing kernel", missing_kernel, "attention/einsum", "backend", WASM),
    Fault("a lost nan", lost_nan, "floor", "backend", WASM),
    Fault("a product in a loop", inside_of_a_loop, "cell/product", "backend", WASM),
)
IN_A_BROWSER = (
    Fault("large integers on webgl", large_on_gpu, "key/AddV2", "backend", WEBGL, ("wasm", "webgl")),
    Fault("the lowest values on webgl", pool_of_the_lowest, "pool", "backend", WEBGL, ("webgl",)),
    Fault("large integers on webgpu", large_on_gpu, "key/AddV2", "backend", WEBGPU, ("webgpu",)),
)
