"""MobileNetV2 as a source leaves it: batch normalization as Mul and AddV2, Relu6 and padding as nodes of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType

# Expansion, channels, blocks, stride of the first block.
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


@dataclass
class _Layers:
    builder: Builder
    rng: np.random.Generator

    def convolution(self, x: Tensor, channels: int, size: int = 1, stride: int = 1, *, active: bool = True) -> Tensor:
        """Convolution, normalization and Relu6."""
        weights = self._weights(size, size, x.shape[-1], channels, fan=size * size * int(str(x.shape[-1])))
        x, padding = self._padded(x, stride)
        return self._normalized(self._windowed("Conv2D", x, weights, stride, padding), active=active)

    def depthwise(self, x: Tensor, stride: int) -> Tensor:
        weights = self._weights(3, 3, x.shape[-1], 1, fan=9)
        x, padding = self._padded(x, stride)
        return self._normalized(self._windowed("DepthwiseConv2dNative", x, weights, stride, padding))

    def block(self, x: Tensor, expansion: int, channels: int, stride: int) -> Tensor:
        """Widen, mix in space, narrow; with a way around where the shape stays."""
        wide = self.convolution(x, expansion * int(str(x.shape[-1]))) if expansion > 1 else x
        narrow = self.convolution(self.depthwise(wide, stride), channels, active=False)
        return x + narrow if stride == 1 and x.shape[-1] == channels else narrow

    def classifier(self, x: Tensor, classes: int) -> Tensor:
        pooled = self.builder.op("Mean", x, np.array([1, 2], np.int32), keep_dims=False)
        weights = self._weights(int(str(pooled.shape[-1])), classes, fan=int(str(pooled.shape[-1])))
        product = self.builder.op("MatMul", pooled, weights, transpose_a=False, transpose_b=False)
        return self.builder.op("Softmax", self.builder.op("BiasAdd", product, self._vector(classes)))

    def _padded(self, x: Tensor, stride: int) -> tuple[Tensor, str]:
        if stride == 1:
            return x, "SAME"
        return self.builder.op("Pad", x, np.array([[0, 0], [0, 1], [0, 1], [0, 0]], np.int32)), "VALID"

    def _windowed(self, op: str, x: Tensor, weights: np.ndarray, stride: int, padding: str) -> Tensor:
        return self.builder.op(op, x, weights, strides=(1, stride, stride, 1), padding=padding)

    def _normalized(self, x: Tensor, *, active: bool = True) -> Tensor:
        channels = int(str(x.shape[-1]))
        y = x * (1 + self._vector(channels)) + self._vector(channels)
        return self.builder.op("Relu6", y) if active else y

    def _weights(self, *shape: object, fan: int) -> np.ndarray:
        return (self.rng.standard_normal([int(str(s)) for s in shape]) * np.sqrt(1.5 / fan)).astype(np.float32)

    def _vector(self, size: int) -> np.ndarray:
        return (self.rng.standard_normal(size) * 0.1).astype(np.float32)


def mobilenet(size: int = 224, *, width: float = 1.0, classes: int = 1000, seed: int = 0) -> Graph:
    """210 nodes that compute, for images of `size`; `width` scales the channels."""
    builder = Builder()
    layers = _Layers(builder, np.random.default_rng(seed))
    x = layers.convolution(builder.input("image", DType.FLOAT32, (1, size, size, 3)), int(32 * width), 3, 2)
    for expansion, channels, count, stride in BLOCKS:
        for index in range(count):
            x = layers.block(x, expansion, int(channels * width), stride if index == 0 else 1)
    return builder.build({"classes": layers.classifier(layers.convolution(x, int(1280 * width)), classes)})
