"""Writes the encoder as ONNX, as exporters do: `export.py WEIGHTS.npz MODEL.onnx FORM` in an environment with `onnx`.

Every form has LayerNormalization and 2-D kernels. `plain` spells attention and GELU out, `gelu` has the op Gelu, and
`attention` has the ops Gelu and Attention.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = {"plain": 17, "gelu": 20, "attention": 23}
# Versions of the file format that every runtime of these opsets reads.
FORMATS = {"plain": 8, "gelu": 9, "attention": 11}
EPSILON = 1e-6


class Exporter:
    """Collects nodes and initializers. Weights are named as in Flax, with slashes."""

    def __init__(self, weights: Mapping[str, np.ndarray], shape: tuple[int, ...], form: str) -> None:
        self.weights, self.shape, self.form = weights, shape, form
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.heads, self.size = weights["block0/attention/query/kernel"].shape[1:]

    def model(self) -> onnx.ModelProto:
        """The whole encoder."""
        x = "x"
        for index in range(sum(name.endswith("/norm1/scale") for name in self.weights)):
            x = self.block(x, f"block{index}")
        self.nodes.append(self._node("Identity", [self.norm(x, "norm")], "output"))
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shape) for name in ("x", "output")]
        graph = helper.make_graph(self.nodes, "encoder", ends[:1], ends[1:], list(self.initializers.values()))
        opset = [helper.make_opsetid("", OPSETS[self.form])]
        return helper.make_model(graph, opset_imports=opset, ir_version=FORMATS[self.form])

    def block(self, x: str, name: str) -> str:
        attended = self.attention(self.norm(x, f"{name}/norm1"), f"{name}/attention")
        x = self.op("Add", x, attended)
        y = self.gelu(self.dense(self.norm(x, f"{name}/norm2"), f"{name}/up"))
        return self.op("Add", x, self.dense(y, f"{name}/down"))

    def norm(self, x: str, name: str) -> str:
        return self.op(
            "LayerNormalization", x, self.weight(f"{name}/scale"), self.weight(f"{name}/bias"), epsilon=EPSILON
        )

    def dense(self, x: str, name: str) -> str:
        kernel, bias = self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"]
        product = self.op("MatMul", x, self.constant(kernel.reshape(-1, bias.size), f"{name}/kernel"))
        return self.op("Add", product, self.constant(bias.reshape(-1), f"{name}/bias"))

    def attention(self, x: str, name: str) -> str:
        query, key, value = (self.dense(x, f"{name}/{part}") for part in ("query", "key", "value"))
        if self.form == "attention":
            joined = self.op("Attention", query, key, value, q_num_heads=self.heads, kv_num_heads=self.heads)
        else:
            joined = self.attended(query, key, value)
        kernel = self.weights[f"{name}/out/kernel"]
        product = self.op("MatMul", joined, self.constant(kernel.reshape(-1, kernel.shape[-1]), f"{name}/out/kernel"))
        return self.op("Add", product, self.weight(f"{name}/out/bias"))

    def attended(self, query: str, key: str, value: str) -> str:
        """Attention over heads, spelled out."""
        query, value = (self.op("Transpose", self.split(part), perm=[0, 2, 1, 3]) for part in (query, value))
        key = self.op("Transpose", self.split(key), perm=[0, 2, 3, 1])
        scores = self.op("Mul", self.op("MatMul", query, key), self.number(self.size**-0.5))
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), value)
        joined = self.op("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.op("Reshape", joined, self.constant(np.array([*self.shape[:2], -1], np.int64), "joined"))

    def split(self, x: str) -> str:
        """The last axis as heads and what each has."""
        return self.op("Reshape", x, self.constant(np.array([*self.shape[:2], self.heads, -1], np.int64), "split"))

    def gelu(self, x: str) -> str:
        if self.form != "plain":
            return self.op("Gelu", x, approximate="tanh")
        cubed = self.op("Mul", self.op("Mul", self.op("Mul", x, x), x), self.number(0.044715))
        bent = self.op("Tanh", self.op("Mul", self.op("Add", x, cubed), self.number((2 / np.pi) ** 0.5)))
        return self.op("Mul", self.op("Mul", x, self.op("Add", bent, self.number(1))), self.number(0.5))

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        self.nodes.append(self._node(kind, list(inputs), f"{kind}_{len(self.nodes)}", **attributes))
        return self.nodes[-1].output[0]

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name], name)

    def number(self, value: float) -> str:
        return self.constant(np.float32(value), f"number_{value}")

    def constant(self, values: np.ndarray, name: str) -> str:
        self.initializers[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [output], name=output, **attributes)


def main() -> None:
    """Reads the weights, writes the model, and has `onnx` check it."""
    source, target, form = sys.argv[1:]
    with np.load(source) as file:
        weights = dict(file)
    model = Exporter(weights, tuple(map(int, weights.pop("shape"))), form).model()
    onnx.checker.check_model(model, full_check=True)
    Path(target).write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
