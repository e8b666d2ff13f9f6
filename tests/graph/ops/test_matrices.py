from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder, OpError
from totfjs.graph.dims import symbol
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


def whole(*shape: int) -> np.ndarray:
    return (noise(*shape) * 9).astype(i32)


def turned(x: np.ndarray, turn: bool) -> np.ndarray:
    return np.swapaxes(x, -1, -2).copy() if turn else x


TURNS = [(False, False), (True, False), (False, True), (True, True)]
BIAS = noise(5)
ODD = np.array([[0.0, -0.0, np.inf], [-np.inf, np.nan, 1.0]], f32)
FUSIONS: list[tuple[tuple[str, ...], tuple[np.ndarray, ...]]] = [
    ((), ()),
    (("BiasAdd",), (BIAS,)),
    *((("BiasAdd", name), (BIAS,)) for name in ("Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid")),
    *((("BiasAdd", "Prelu"), (BIAS, slope)) for slope in (noise(5), np.array(0.3, f32))),
    (("Relu",), ()),
]
BATCHES = [
    ((), ()),
    ((2,), (2,)),
    ((2, 3), (2, 3)),
    ((1,), (3,)),
    ((2, 3), ()),
    ((3,), (2, 3)),
    ((1, 3), (2, 3)),
    ((2, 1), (1, 3)),
    ((2, 1), (2, 3)),
    ((2, 1, 2), (2,)),
]

CASES = [
    *(case("MatMul", turned(noise(3, 4), a), turned(noise(4, 5), b), transpose_a=a, transpose_b=b) for a, b in TURNS),
    *(
        case("MatMul", a, b)
        for a, b in (
            (whole(3, 4), whole(4, 5)),
            (np.full((1, 2), 2**30, i32), np.array([[2], [3]], i32)),
            (ODD, noise(3, 2)),
            (noise(0, 4), noise(4, 5)),
            (noise(3, 4), noise(4, 0)),
            (noise(3, 0), noise(0, 5)),
            (noise(1, 300), noise(300, 1)),
            (noise(70, 130), noise(130, 60)),
        )
    ),
    *(case("_FusedMatMul", noise(3, 4), noise(4, 5), *args, fused_ops=fused) for fused, args in FUSIONS),
    *(
        case(
            "_FusedMatMul",
            turned(noise(9, 100), a),
            turned(noise(100, 5), b),
            *args,
            fused_ops=fused,
            transpose_a=a,
            transpose_b=b,
        )
        for a, b in TURNS
        for fused, args in ((("BiasAdd", "Relu"), (BIAS,)), ((), ()))
    ),
    *(
        case("_FusedMatMul", noise(*batch, 3, 4), noise(4, 5), *args, fused_ops=fused)
        for batch in ((2,), (1, 1), (2, 2))
        for fused, args in ((("BiasAdd",), (BIAS,)), ((), ()))
    ),
    case("_FusedMatMul", noise(3, 4), noise(4, 5), BIAS, fused_ops=("BiasAdd", "LeakyRelu"), leakyrelu_alpha=0.6),
    case("_FusedMatMul", noise(0, 4), noise(4, 5), BIAS, fused_ops=("BiasAdd",), label="empty"),
    case("_FusedMatMul", ODD, noise(3, 5), BIAS, fused_ops=("BiasAdd", "Relu"), label="NaN"),
    case("_FusedMatMul", ODD, noise(3, 5), BIAS, fused_ops=("BiasAdd", "Sigmoid"), label="NaN"),
    *(case("BatchMatMul", turned(noise(2, 3, 4), a), turned(noise(2, 4, 5), b), adj_x=a, adj_y=b) for a, b in TURNS),
    *(
        case("BatchMatMulV2", turned(noise(*x, 3, 4), a), turned(noise(*y, 4, 5), b), adj_x=a, adj_y=b)
        for x, y in BATCHES
        for a, b in TURNS[:: 1 if (x, y) == BATCHES[1] else 3]
    ),
    case("BatchMatMulV2", whole(2, 3, 4), whole(2, 4, 5)),
    case("BatchMatMulV2", noise(2, 0, 4), noise(2, 4, 5)),
    case("BatchMatMulV2", noise(0, 3, 4), noise(0, 4, 5)),
    *(
        case("Transpose", x, np.array(perm, i32))
        for x, perm in (
            (np.array(3, f32), ()),
            (noise(4), (0,)),
            (noise(3, 4), (1, 0)),
            (noise(3, 4), (0, 1)),
            (noise(2, 3, 4), (2, 0, 1)),
            (np.arange(24, dtype=i32).reshape(2, 3, 4), (2, 1, 0)),
            (noise(2, 1, 3, 4), (0, 3, 1, 2)),
            (noise(2, 3, 2, 2, 3), (4, 2, 0, 3, 1)),
            (noise(2, 1, 2, 2, 3, 2), (5, 4, 3, 2, 1, 0)),
            (noise(2, 1, 2, 2, 1, 2, 3), (6, 0, 5, 1, 4, 2, 3)),
            (noise(0, 3), (1, 0)),
            (whole(2, 3), (1, 0)),
            (noise(2, 3) > 0, (1, 0)),
            (noise(2, 3, 4) > 0, (2, 0, 1)),
            (noise(2, 3).astype(np.complex64) * (1 + 2j), (1, 0)),
            (ODD, (1, 0)),
        )
    ),
    *(
        case("Einsum", *operands, equation=equation)
        for equation, operands in (
            ("ij,jk->ik", (noise(3, 4), noise(4, 5))),
            ("bthd,bshd->bhts", (noise(2, 3, 2, 4), noise(2, 5, 2, 4))),
            ("ij->ji", (noise(3, 4),)),
            ("ij->i", (noise(3, 4),)),
            ("ij->", (noise(3, 4),)),
            ("i,j->ij", (noise(3), noise(4))),
            ("i, i -> i", (noise(3), noise(3))),
            ("ij,j->i", (whole(3, 4), whole(4))),
            ("ij,jk,kl->il", (noise(2, 3), noise(3, 4), noise(4, 2))),
            ("ii->i", (noise(3, 3),)),
        )
    ),
    *(
        case("MatrixBandPart", x, np.array(lower, i32), np.array(upper, i32))
        for x, lower, upper in (
            (noise(4, 5), 1, 1),
            (noise(5, 4), 0, 0),
            (noise(2, 3, 4, 4), 2, 2),
            (noise(3, 3), -1, -1),
            (noise(3, 3), 9, 9),
            (whole(3, 4), 1, 1),
            (noise(3, 3) > 0, 0, 0),
            (np.full((3, 3), np.nan, f32), 0, 0),
            (noise(4, 4), 0, -1),
            (noise(4, 4), -1, 0),
        )
    ),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def refusal(op: str, *shapes: tuple[object, ...], **attrs: object) -> str | None:
    builder = Builder()
    return builder.refusal(op, *(builder.input("x", DType.FLOAT32, shape) for shape in shapes), **attrs)


@pytest.mark.parametrize(
    ("op", "shapes", "attrs", "reason"),
    [
        ("MatMul", ((3, 4), (5, 4)), {}, "inner sizes differ"),
        ("MatMul", ((2, 3, 4), (4, 5)), {}, "rank 2"),
        ("MatMul", ((3, 0), (0, 5)), {}, "a sum over nothing"),
        ("BatchMatMul", ((2, 3, 4), (1, 4, 5)), {}, "only BatchMatMulV2 broadcasts"),
        ("BatchMatMulV2", ((2, 1, 3, 4), (2, 6, 4, 5)), {}, "batches broadcast only in leading dims"),
        ("BatchMatMulV2", ((symbol("b"), 1, 3, 4), (symbol("b"), 6, 4, 5)), {}, "batches broadcast only"),
        ("BatchMatMulV2", ((2, 1, 2000), (2000, 8)), {"adj_y": False}, None),
        ("BatchMatMulV2", ((1, 2000), (2, 2000, 8)), {}, "no broadcast with vectors"),
        ("BatchMatMulV2", ((symbol("b"), 6, 3, 4), (symbol("b"), 6, 4, 5)), {}, None),
        ("_FusedMatMul", ((3, 4), (5, 4), (5,)), {"fused_ops": ("BiasAdd",), "transpose_b": True}, "transposition"),
        ("_FusedMatMul", ((2, 3, 4), (4, 5), (5,)), {"fused_ops": ("BiasAdd",)}, "without a batch"),
        ("_FusedMatMul", ((symbol("b"), 4), (4, 5), (5,)), {"fused_ops": ("BiasAdd", "Relu")}, None),
        ("_FusedMatMul", ((3, 4), (4, 5), (1, 5)), {"fused_ops": ("BiasAdd",)}, "rank 1"),
        ("_FusedMatMul", ((3, 4), (4, 5)), {"fused_ops": ("Relu",)}, "BiasAdd comes before it"),
        ("Einsum", ((3, 4), (4, 5)), {"equation": "ij,jk->ik"}, "no kernel"),
        ("Einsum", ((3, 4), (4, 5)), {"equation": "ij,jK->iK"}, "lower-cases"),
        ("Einsum", ((3, 4), (4, 5)), {"equation": "...ij,jk"}, "has to name every axis"),
    ],
)
def test_products_are_refused_where_a_backend_would_be_wrong(
    op: str, shapes: tuple[tuple[object, ...], ...], attrs: dict[str, object], reason: str | None
) -> None:
    found = refusal(op, *shapes, **attrs)
    assert found is None if reason is None else reason in str(found)


def test_a_transposition_of_symbolic_sizes() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 3, symbol("t")))
    assert str(builder.op("Transpose", x, (2, 0, 1)).type) == "float32[t,b,3]"
    with pytest.raises(OpError, match="is not an order of the 3 axes"):
        builder.op("Transpose", x, (0, 1, -1))
