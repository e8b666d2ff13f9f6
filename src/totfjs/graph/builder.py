"""Builds graphs so that lowering code reads like mathematics: `y = b.op("MatMul", x, w) + bias`.

Every call is checked against the op's spec, so that what comes out is legal on the backends it was built for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.dims import Shape
from totfjs.graph.graph import Graph, Node, Origin, Value
from totfjs.graph.ops import BACKENDS, Backend, Call, Operand, OpError, OpSpec, spec
from totfjs.graph.ops.spec import Input
from totfjs.graph.sizes import sizes_of
from totfjs.graph.types import DType, TensorType, dtype_of
from totfjs.weights.array import Array, Dense

# A constant up to this size is shown to rules and limits by value.
VISIBLE = 65536
# Characters that GraphDef does not allow in names.
_FORBIDDEN = re.compile(r"[^\w.\-/]")


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A value under construction; arithmetic on it adds nodes."""

    builder: Builder
    value: Value
    type: TensorType

    __array_ufunc__ = None  # so that `array * tensor` asks the tensor instead of making an array of tensors

    @property
    def dtype(self) -> DType:
        """The dtype."""
        return self.type.dtype

    @property
    def shape(self) -> Shape:
        """The shape; dims may be symbolic."""
        return self.type.shape

    @property
    def rank(self) -> int:
        """The number of dims."""
        return self.type.rank

    @property
    def array(self) -> Array | None:
        """The content, if this is a constant."""
        return self.builder.nodes[self.value.node].array

    def __add__(self, other: Operandlike) -> Tensor:
        return self.builder.op("AddV2", self, other)

    def __radd__(self, other: Operandlike) -> Tensor:
        return self.builder.op("AddV2", self.builder.like(self, other), self)

    def __sub__(self, other: Operandlike) -> Tensor:
        return self.builder.op("Sub", self, other)

    def __rsub__(self, other: Operandlike) -> Tensor:
        return self.builder.op("Sub", self.builder.like(self, other), self)

    def __mul__(self, other: Operandlike) -> Tensor:
        return self.builder.op("Mul", self, other)

    def __rmul__(self, other: Operandlike) -> Tensor:
        return self.builder.op("Mul", self.builder.like(self, other), self)

    def __truediv__(self, other: Operandlike) -> Tensor:
        return self.builder.op("RealDiv", self, other)

    def __rtruediv__(self, other: Operandlike) -> Tensor:
        return self.builder.op("RealDiv", self.builder.like(self, other), self)

    def __repr__(self) -> str:
        return f"{self.value}: {self.type}"


Operandlike: TypeAlias = "Tensor | Array | np.ndarray | np.generic | float | bool | str | Sequence[Any]"


@dataclass(frozen=True)
class Mark:
    """Where a graph under construction stood: how many nodes it had, and which numbers their names ended with."""

    count: int
    suffixes: Mapping[str, int]


class Builder:
    """A graph under construction. `measured` has values with dims that change from turn to turn, by their symbols."""

    def __init__(self, backends: Sequence[Backend] = BACKENDS) -> None:
        self.backends = tuple(backends)
        self.nodes: dict[str, Node] = {}
        self.inputs: dict[str, Value] = {}
        self.functions: dict[str, Graph] = {}
        self.measured: dict[str, Value] = {}
        self._origin = Origin()
        self._suffixes: dict[str, int] = {}
        self._sizes: dict[Value, Shape | None] = {}

    def input(self, name: str, dtype: DType, shape: Shape) -> Tensor:
        """A placeholder which the user feeds under `name`."""
        tensor_type = TensorType(dtype, tuple(shape))
        attrs = {"dtype": dtype, "shape": tensor_type.shape}
        node = self.add(Node(self.fresh(name), "Placeholder", (), attrs, (tensor_type,), origin=self._origin))
        self.inputs[name] = node.values[0]
        return self.tensor(node.values[0])

    def const(self, value: Operandlike, dtype: DType | None = None, *, name: str = "const") -> Tensor:
        """A constant: an array, or Python numbers (of `dtype` if given, else float32, int32, bool or string)."""
        array = value if isinstance(value, Array) else Dense(_array(value, dtype))
        tensor_type = TensorType(_graph_dtype(array), array.shape)
        attrs = {"dtype": tensor_type.dtype}
        node = Node(self.fresh(self._scoped(name)), "Const", (), attrs, (tensor_type,), array, self._origin)
        return self.tensor(self.add(node).values[0])

    def op(self, op: str, *operands: Operandlike, name: str | None = None, **attrs: Any) -> Tensor:
        """The first output of an op."""
        return self.ops(op, *operands, name=name, **attrs)[0]

    def ops(self, op: str, *operands: Operandlike, name: str | None = None, **attrs: Any) -> tuple[Tensor, ...]:
        """All outputs of an op. Python operands become constants: int32 if the host reads them, else as the tensors."""
        found = spec(op)
        node_name = self.fresh(self._scoped(name or op))
        tensors = self._operands(found, operands, node_name)
        call = found.complete([self.operand(tensor) for tensor in tensors], attrs, node_name, self.functions)
        types = found.types(call)
        violations = found.violations(call, self.backends)
        if violations:
            limit = violations[0]
            raise OpError(f"{op} cannot run on {', '.join(limit.backends)}: {limit.reason}")
        inputs = tuple(tensor.value for tensor in tensors)
        node = self.add(Node(node_name, op, inputs, call.attrs, types, origin=self._origin))
        return tuple(self.tensor(value) for value in node.values)

    def mark(self) -> Mark:
        """Where the graph stands now, to come back to with `undo`."""
        return Mark(len(self.nodes), dict(self._suffixes))

    def undo(self, mark: Mark) -> None:
        """Takes back all nodes that were made since a mark."""
        for name in list(islice(self.nodes, mark.count, None)):
            del self.nodes[name]
        self._suffixes = dict(mark.suffixes)
        self._sizes.clear()

    def widen(self, tensor: Tensor, shape: Shape) -> Tensor:
        """A value whose shape may come to be another one later on: what enters a loop."""
        node = self.nodes[tensor.value.node]
        self.add(replace(node, types=(tensor.type.with_shape(*shape),)))
        return self.tensor(tensor.value)

    def close(self, head: Tensor, value: Tensor, *, wide: bool = False) -> None:
        """Lets a loop of frames, begun by a Merge of what enters with itself, go on with `value` of the same type.

        With `wide`, the caller has seen to it that the dims in which they differ are free in the head.
        """
        if head.type != value.type and not (wide and head.dtype is value.dtype and head.rank == value.rank):
            raise OpError(f"the loop starts with {head.type} and goes on with {value.type}")
        merge, closing = self.nodes[head.value.node], self.op("NextIteration", value)
        self.add(replace(merge, inputs=(merge.inputs[0], closing.value)))

    def refusal(self, op: str, *operands: Tensor, **attrs: Any) -> str | None:
        """Why this call would be refused, or None. Lets a lowering choose another way."""
        found = spec(op)
        try:
            call = found.complete([self.operand(tensor) for tensor in operands], attrs, functions=self.functions)
            found.types(call)
        except OpError as error:
            return str(error)
        violations = found.violations(call, self.backends)
        return violations[0].reason if violations else None

    def like(self, tensor: Tensor, value: Operandlike) -> Tensor:
        """`value` as a tensor with the dtype of another."""
        return value if isinstance(value, Tensor) else self.const(value, tensor.dtype)

    def tensor(self, value: Value) -> Tensor:
        """The handle of a value."""
        return Tensor(self, value, self.nodes[value.node].types[value.port])

    def operand(self, tensor: Tensor) -> Operand:
        """A tensor as the op specs see it."""
        array = tensor.array
        visible = isinstance(array, Dense) and array.size <= VISIBLE
        value = array.numpy() if array is not None and visible else None
        return Operand(tensor.type, value, sizes_of(self.nodes, tensor.value, self._sizes))

    @contextmanager
    def origin(self, origin: Origin) -> Iterator[None]:
        """Nodes made in this context come from `origin` and are named after its scope."""
        before, self._origin = self._origin, origin
        try:
            yield
        finally:
            self._origin = before

    def build(self, outputs: Mapping[str, Tensor]) -> Graph:
        """The finished graph."""
        values = {name: tensor.value for name, tensor in outputs.items()}
        return Graph(dict(self.nodes), dict(self.inputs), values, dict(self.functions), self.backends)

    def add(self, node: Node) -> Node:
        """Takes a node as it is."""
        self.nodes[node.name] = node
        return node

    def fresh(self, name: str) -> str:
        """A node name that is not taken yet, made of characters that GraphDef allows."""
        base = _FORBIDDEN.sub("_", name).strip("/") or "node"
        base = base if base[0].isalnum() or base[0] == "." else f"n{base}"
        candidate = base
        while candidate in self.nodes:
            self._suffixes[base] = self._suffixes.get(base, 0) + 1
            candidate = f"{base}_{self._suffixes[base]}"
        return candidate

    def _scoped(self, name: str) -> str:
        return (
            f"{self._origin.scope}/{name}" if self._origin.scope and not name.startswith(self._origin.scope) else name
        )

    def _operands(self, found: OpSpec, operands: Sequence[Operandlike], node_name: str) -> list[Tensor]:
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        if len(tensors) == len(operands):
            return tensors
        result = []
        for item, operand in zip(found.operand_inputs(len(operands)), operands, strict=False):
            if isinstance(operand, Tensor):
                result.append(operand)
                continue
            dtype = _operand_dtype(item, operand, tensors)
            result.append(self.const(operand, dtype, name=f"{node_name}/{item.name}"))
        if len(result) != len(operands):
            raise OpError(f"{found.name} takes {len(found.inputs)} inputs, not {len(operands)}")
        return result


def _operand_dtype(item: Input, operand: Operandlike, tensors: Sequence[Tensor]) -> DType | None:
    """The dtype that Python numbers take: int32 where nothing else goes, else that of the tensors if it holds them."""
    if item.dtypes == {DType.INT32}:
        return DType.INT32
    if not tensors or tensors[0].dtype not in item.dtypes or isinstance(operand, np.ndarray | Array):
        return None
    array = np.asarray(operand)
    return tensors[0].dtype if not array.size or array.dtype.kind in _HOLDS.get(tensors[0].dtype, "") else None


_HOLDS = {DType.BOOL: "b", DType.INT32: "iu", DType.FLOAT32: "iuf", DType.COMPLEX64: "iufc", DType.STRING: "OUST"}


def _array(value: Any, dtype: DType | None) -> np.ndarray:
    array = np.asarray(value)
    if dtype is not None:
        with np.errstate(invalid="ignore"):
            converted = array.astype(dtype.numpy)
        if dtype in (DType.INT32, DType.BOOL) and not np.array_equal(converted, array):
            raise OpError(f"{value!r} cannot be written as {dtype}")
        return converted
    if isinstance(value, np.ndarray | np.generic):
        return array
    default = {"f": np.float32, "i": np.int32, "c": np.complex64}.get(array.dtype.kind)
    return array.astype(default) if default and array.size else array.astype(np.float32) if not array.size else array


def _graph_dtype(array: Array) -> DType:
    if array.dtype.kind in "OUST":
        return DType.STRING
    return dtype_of(np.empty(0, array.dtype))


__all__ = ["Builder", "Call", "OpError", "Operandlike", "Tensor"]
