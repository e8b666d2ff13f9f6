from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder, OpError
from totfjs.graph.dims import symbol
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
ONE = (1, 1, 1, 1)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


def steps(*inner: int) -> tuple[int, ...]:
    return (1, *inner, 1)


X = noise(2, 7, 6, 3)
FILTER, DEPTHWISE, BIAS = noise(3, 2, 3, 4), noise(3, 2, 3, 2), noise(4)

# Strides, padding and dilations as every 2-D convolution takes them.
PLACES = [
    {"strides": ONE, "padding": "VALID"},
    {"strides": ONE, "padding": "SAME"},
    {"strides": steps(2, 2), "padding": "SAME"},
    {"strides": steps(2, 1), "padding": "VALID"},
    {"strides": steps(5, 4), "padding": "SAME"},
    {"strides": ONE, "padding": "SAME", "dilations": steps(2, 2)},
    {"strides": ONE, "padding": "VALID", "dilations": steps(1, 3)},
    {"strides": ONE, "padding": "EXPLICIT", "explicit_paddings": (0, 0, 2, 0, 1, 3, 0, 0)},
    {"strides": steps(2, 3), "padding": "EXPLICIT", "explicit_paddings": (0, 0, 1, 1, 0, 1, 0, 0)},
    {"strides": ONE, "padding": "EXPLICIT", "explicit_paddings": (0,) * 8},
    {"strides": steps(2, 2), "padding": "SAME", "dilations": steps(2, 2)},
]
SAME = PLACES[1]
FUSIONS: list[tuple[tuple[str, ...], tuple[np.ndarray, ...]]] = [
    ((), ()),
    (("BiasAdd",), (BIAS,)),
    *((("BiasAdd", name), (BIAS,)) for name in ("Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid")),
    *((("BiasAdd", "Prelu"), (BIAS, slope)) for slope in (noise(4), np.array(0.3, f32), noise(7, 6, 4))),
    (("Relu",), ()),
]

CASES = [
    *(case("Conv2D", X, FILTER, **places) for places in PLACES),
    case("Conv2D", X, noise(1, 1, 3, 5), **SAME, label="1x1"),
    case("Conv2D", noise(1, 9, 9, 1), noise(9, 9, 1, 2), **PLACES[0], label="whole"),
    case("Conv2D", noise(3, 2, 2, 2), noise(3, 3, 2, 2), **SAME, label="wider than the image"),
    *(
        case(op, noise(1, 4, 3, 2), noise(2, 1, 2, 1), strides=steps(1, 3), padding="SAME", label="short of the end")
        for op in ("Conv2D", "DepthwiseConv2dNative")
    ),
    case("Conv2D", X[:0], FILTER, **SAME, label="empty"),
    case("Conv2D", np.full((1, 3, 3, 1), np.nan, f32), noise(2, 2, 1, 1), **SAME, label="NaN"),
    *(
        case(op, X, DEPTHWISE, **places)
        for op in ("DepthwiseConv2dNative", "DepthwiseConv2d")
        for places in PLACES[: 11 if op.endswith("Native") else 3]
    ),
    case("DepthwiseConv2dNative", X, noise(3, 3, 3, 1), **PLACES[2]),
    *(case("_FusedConv2D", X, FILTER, *args, fused_ops=fused, **SAME) for fused, args in FUSIONS),
    *(case("_FusedConv2D", X, FILTER, BIAS, fused_ops=("BiasAdd", "Relu"), **places) for places in PLACES),
    case("_FusedConv2D", X, FILTER, BIAS, fused_ops=("BiasAdd", "LeakyRelu"), leakyrelu_alpha=0.7, **SAME),
    case("_FusedConv2D", np.full_like(X, np.nan), FILTER, BIAS, fused_ops=("BiasAdd", "Relu6"), **SAME, label="NaN"),
    case("_FusedConv2D", np.full_like(X, np.nan), FILTER, BIAS, fused_ops=("BiasAdd", "Elu"), **SAME, label="NaN"),
    case(
        "FusedDepthwiseConv2dNative",
        np.full_like(X, np.nan),
        DEPTHWISE,
        noise(6),
        fused_ops=("BiasAdd", "Relu6"),
        **SAME,
        label="NaN",
    ),
    *(
        case(
            "FusedDepthwiseConv2dNative",
            X,
            noise(3, 2, 3, 1),
            *(arg[..., :3] if arg.ndim else arg for arg in args),
            fused_ops=fused,
            **SAME,
        )
        for fused, args in FUSIONS
    ),
    *(
        case("FusedDepthwiseConv2dNative", X, DEPTHWISE, noise(6), fused_ops=("BiasAdd", "Relu"), **places)
        for places in PLACES
    ),
    *(
        case("Conv1D", noise(2, 9, 3), noise(3, 3, 4), stride=stride, padding=padding, dilation=dilation)
        for stride, padding, dilation in (
            (1, "SAME", 1),
            (2, "VALID", 1),
            (1, "VALID", 3),
            (3, "SAME", 1),
            (2, "SAME", 2),
        )
    ),
    *(
        case(
            "Conv3D",
            noise(2, 5, 4, 6, 2),
            noise(2, 3, 2, 2, 3),
            strides=steps(*strides),
            padding=padding,
            dilations=steps(*dilations),
        )
        for strides, padding, dilations in (
            ((1, 1, 1), "VALID", (1, 1, 1)),
            ((1, 1, 1), "SAME", (1, 1, 1)),
            ((2, 1, 2), "SAME", (1, 1, 1)),
            ((2, 2, 2), "VALID", (1, 1, 1)),
            ((1, 1, 1), "VALID", (2, 1, 1)),
            ((1, 1, 1), "SAME", (1, 1, 2)),
            ((4, 1, 1), "SAME", (1, 1, 1)),
            ((2, 1, 1), "SAME", (2, 1, 1)),
        )
    ),
    *(
        case("Conv2DBackpropInput", np.array(shape, i32), FILTER, noise(2, rows, columns, 4), **places)
        for shape, rows, columns, places in (
            ((2, 7, 6, 3), 7, 6, PLACES[1]),
            ((2, 7, 6, 3), 5, 5, PLACES[0]),
            ((2, 7, 6, 3), 4, 3, PLACES[2]),
            ((2, 8, 6, 3), 4, 3, PLACES[2]),
            ((2, 8, 6, 3), 3, 5, PLACES[3]),
            ((2, 7, 6, 3), 7, 9, PLACES[7]),
            ((2, 7, 6, 3), 2, 2, PLACES[4]),
        )
    ),
    case("Conv2DBackpropInput", np.array((2, 7, 6, 3), i32), FILTER, noise(2, 7, 6, 4), **PLACES[5]),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


B, H = symbol("b"), symbol("h")


def convolved(**attrs: object) -> str:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, H, 28, 3))
    return str(builder.op("Conv2D", x, builder.const(noise(3, 3, 3, 8)), **attrs).type)


def test_symbolic_sizes_go_through_every_padding() -> None:
    assert convolved(strides=steps(2, 2), padding="SAME") == "float32[b,floordiv(h+1,2),14,8]"
    assert convolved(strides=ONE, padding="VALID") == "float32[b,h-2,26,8]"
    around = {"padding": "EXPLICIT", "explicit_paddings": (0, 0, 1, 1, 2, 2, 0, 0)}
    assert convolved(strides=ONE, **around) == "float32[b,h,30,8]"


def test_a_transposed_convolution_takes_its_sizes_from_shape_arithmetic() -> None:
    builder = Builder()
    y = builder.input("y", DType.FLOAT32, (B, 5, 5, 4))
    batch = builder.op("StridedSlice", builder.op("Shape", y), [0], [1], [1], shrink_axis_mask=1)
    sizes = builder.op("Pack", batch, *(builder.const(size, DType.INT32) for size in (10, 10, 3)))
    x = builder.op("Conv2DBackpropInput", sizes, builder.const(FILTER), y, strides=steps(2, 2), padding="SAME")
    assert str(x.type) == "float32[b,10,10,3]"


@pytest.mark.parametrize(
    ("op", "shapes", "attrs", "reason"),
    [
        ("Conv2D", ((1, 5, 5, 4), (3, 3, 2, 4)), SAME, "no groups"),
        ("Conv2D", ((1, 1, 1, 1), (3, 3, 1, 1)), {**SAME, "padding": "VALID"}, "a window of 3 does not fit into 1"),
        ("Conv2D", ((1, 5, 5, 3), (3, 3, 3, 4)), {**SAME, "data_format": "NCHW"}, "not one of 'NHWC'"),
        ("Conv2D", ((1, 5, 5, 3), (3, 3, 3, 4)), {**SAME, "strides": (1, 1)}, "strides"),
        ("Conv2D", ((1, 5, 5, 3), (3, 3, 3, 4)), PLACES[-1], "either strides or dilations have to be 1"),
        ("Conv3D", ((1, 4, 4, 4, 1), (1, 1, 1, 1, 1)), {"strides": steps(2, 2, 2), "padding": "SAME"}, "too late"),
        ("_FusedConv2D", ((1, 5, 5, 3), (3, 3, 3, 4)), {**SAME, "fused_ops": ("Relu",)}, "BiasAdd comes before"),
        ("_FusedConv2D", ((1, 5, 5, 3), (3, 3, 3, 4)), {**SAME, "fused_ops": ("BiasAdd",)}, "takes 1 operands"),
        ("_FusedConv2D", ((1, 5, 5, 3), (3, 3, 3, 4), (3,)), {**SAME, "fused_ops": ("BiasAdd",)}, "bias and output"),
        ("_FusedConv2D", ((1, 5, 5, 3), (3, 3, 3, 4), (1, 4)), {**SAME, "fused_ops": ("BiasAdd",)}, "rank 1"),
        ("_FusedConv2D", ((1, 5, 5, 3), (3, 3, 3, 4), (4,)), {**SAME, "fused_ops": ("BiasAdd", "Tanh")}, "Tanh"),
    ],
)
def test_what_no_backend_can_do_is_refused(
    op: str, shapes: tuple[tuple[int, ...], ...], attrs: dict[str, object], reason: str
) -> None:
    builder = Builder()
    operands = [builder.input("x", DType.FLOAT32, shape) for shape in shapes]
    with pytest.raises(OpError, match=reason):
        builder.op(op, *operands, **attrs)
