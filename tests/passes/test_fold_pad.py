from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Tensor, b, build, conv, depthwise, fires, normal, only, stays
from totfjs.passes.fold_pad import fold_pad

C = 4


def pads(top: int = 0, bottom: int = 0, left: int = 0, right: int = 0, *, batch: int = 0, channels: int = 0) -> Any:
    return np.array([[batch, 0], [top, bottom], [left, right], [channels, 0]], np.int32)


def padded_conv(amounts: Any, strides: int = 1, padding: str = "VALID", **attrs: Any) -> Any:
    return lambda g, x: conv(g, g.op("Pad", x, amounts), normal(3, 3, 3, C), strides, padding, **attrs)


@pytest.mark.parametrize(
    ("amounts", "strides", "size", "expected"),
    [
        (pads(1, 1, 1, 1), 1, 6, "SAME"),
        (pads(0, 1, 0, 1), 2, 6, "SAME"),  # MobileNet
        (pads(1, 1, 1, 1), 2, 6, "EXPLICIT"),  # PyTorch
        (pads(1, 1, 1, 1), 2, 7, "SAME"),
        (pads(0, 1, 0, 1), 2, 7, "EXPLICIT"),
        (pads(2, 0, 1, 3), 1, 6, "EXPLICIT"),
        (pads(2, 2, 2, 2), 1, 6, "EXPLICIT"),
    ],
)
def test_padding_goes_into_a_convolution(engine: object, amounts: Any, strides: int, size: int, expected: str) -> None:
    graph = build(padded_conv(amounts, strides), (2, size, size, 3))
    after = fires(engine, fold_pad, graph, {"Conv2D": 1})
    assert only(after, "Conv2D").attrs["padding"] == expected


@pytest.mark.parametrize(("amounts", "expected"), [(pads(0, 1, 0, 1), "SAME"), (pads(1, 2, 3, 0), "EXPLICIT")])
def test_padding_goes_into_a_depthwise_convolution(engine: object, amounts: Any, expected: str) -> None:
    graph = build(lambda g, x: depthwise(g, g.op("Pad", x, amounts), normal(3, 3, 3, 2), 2, "VALID"), (1, 6, 6, 3))
    after = fires(engine, fold_pad, graph, {"DepthwiseConv2dNative": 1})
    assert only(after, "DepthwiseConv2dNative").attrs["padding"] == expected


def test_padding_goes_into_fused_convolutions(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        attrs = {"padding": "VALID", "fused_ops": ("BiasAdd", "Relu"), "num_args": 1}
        x = g.op("Pad", x, pads(1, 0, 1, 0))
        x = g.op("_FusedConv2D", x, normal(3, 3, 3, C), normal(C), strides=(1, 2, 2, 1), **attrs)
        x = g.op("Pad", x, pads(2, 2, 2, 2))
        return g.op("FusedDepthwiseConv2dNative", x, normal(3, 3, C, 1), normal(C), strides=(1, 1, 1, 1), **attrs)

    fires(engine, fold_pad, build(make, (1, 8, 8, 3)), {"_FusedConv2D": 1, "FusedDepthwiseConv2dNative": 1})


def test_dilated_windows_are_padded_by_their_whole_extent(engine: object) -> None:
    graph = build(padded_conv(pads(2, 2, 2, 2), dilations=(1, 2, 2, 1)), (1, 8, 8, 3))
    after = fires(engine, fold_pad, graph, {"Conv2D": 1})
    assert only(after, "Conv2D").attrs["padding"] == "SAME"


def test_symbolic_sizes_take_explicit_padding(engine: object) -> None:
    graph = build(padded_conv(pads(1, 1, 1, 1)), (2, b + 4, b + 5, 3))
    after = fires(engine, fold_pad, graph, {"Conv2D": 1})
    assert only(after, "Conv2D").attrs["padding"] == "EXPLICIT"


def test_padding_adds_to_explicit_padding(engine: object) -> None:
    make = padded_conv(pads(1, 0, 0, 2), padding="EXPLICIT", explicit_paddings=(0, 0, 1, 1, 0, 1, 0, 0))
    after = fires(engine, fold_pad, build(make, (1, 6, 6, 3)), {"Conv2D": 1})
    assert tuple(only(after, "Conv2D").attrs["explicit_paddings"]) == (0, 0, 2, 1, 0, 3, 0, 0)


def test_padv2_with_zero_goes_in(engine: object) -> None:
    graph = build(
        lambda g, x: conv(
            g, g.op("PadV2", x, pads(1, 1, 1, 1), g.const(np.float32(0))), normal(3, 3, 3, C), 1, "VALID"
        ),
        (1, 6, 6, 3),
    )
    fires(engine, fold_pad, graph, {"Conv2D": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any) -> None:
    stays(fold_pad, build(make, *(shapes or ((2, 6, 6, 3),))))


def test_padding_with_another_number_stays() -> None:
    kept(
        lambda g, x: conv(g, g.op("PadV2", x, pads(1, 1, 1, 1), g.const(np.float32(1))), normal(3, 3, 3, C), 1, "VALID")
    )


def test_padding_with_a_number_that_is_fed_stays() -> None:
    kept(
        lambda g, x, y: conv(g, g.op("PadV2", x, pads(1, 1, 1, 1), y), normal(3, 3, 3, C), 1, "VALID"), (2, 6, 6, 3), ()
    )


def test_padding_that_mirrors_stays() -> None:
    kept(lambda g, x: conv(g, g.op("MirrorPad", x, pads(1, 1, 1, 1), mode="REFLECT"), normal(3, 3, 3, C), 1, "VALID"))


@pytest.mark.parametrize("amounts", [pads(1, batch=1)])
def test_padding_of_the_batch_stays(amounts: Any) -> None:
    kept(padded_conv(amounts))


def test_padding_of_the_channels_stays() -> None:
    kept(lambda g, x: conv(g, g.op("Pad", x, pads(1, channels=1)), normal(3, 3, 4, C), 1, "VALID"))


def test_padding_before_a_convolution_with_same_stays() -> None:
    kept(padded_conv(pads(1, 1, 1, 1), padding="SAME"))


def test_padding_before_a_pool_stays() -> None:
    for op in ("MaxPool", "AvgPool"):
        kept(
            lambda g, x, op=op: g.op(
                op, g.op("Pad", x, pads(1, 1, 1, 1)), ksize=(1, 2, 2, 1), strides=(1, 2, 2, 1), padding="VALID"
            )
        )


def test_padding_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        padded = g.op("Pad", x, pads(1, 1, 1, 1))
        return conv(g, padded, normal(3, 3, 3, C), 1, "VALID"), g.op("Relu", padded)

    kept(make)


def test_padding_that_is_an_output_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        padded = g.op("Pad", x, pads(1, 1, 1, 1))
        return conv(g, padded, normal(3, 3, 3, C), 1, "VALID"), padded

    kept(make)


def test_the_padding_of_filters_stays() -> None:
    kept(lambda g, x, y: conv(g, x, g.op("Pad", y, pads(1, 1, 1, 1)), 1, "VALID"), (2, 6, 6, 5), (1, 3, 3, C))
