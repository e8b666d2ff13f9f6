"""What an op is: inputs and attributes, dtype and shape rule, meaning in numpy, and what each backend cannot do.

The specs are the only place that knows the runtime. They give type inference, constant folding, the reference
interpreter, the test oracle and the legality of a graph at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from totfjs.graph.dims import Dim, Shape, Size, symbol
from totfjs.graph.types import DType, TensorType

if TYPE_CHECKING:
    from totfjs.graph.graph import Graph

Backend: TypeAlias = Literal["cpu", "wasm", "webgl", "webgpu"]
BACKENDS: tuple[Backend, ...] = ("cpu", "wasm", "webgl", "webgpu")
GPUS: tuple[Backend, ...] = ("webgl", "webgpu")

F32, I32, BOOL, C64, STRING = DType.FLOAT32, DType.INT32, DType.BOOL, DType.COMPLEX64, DType.STRING
REAL = frozenset((F32, I32))
NUMBER = frozenset((F32, I32, C64))
PLAIN = frozenset((F32, I32, BOOL))
NUMERIC = PLAIN | {C64}
TENSOR = NUMERIC | {STRING}
ANY = frozenset(DType)


class OpError(Exception):
    """A call that the op's spec does not allow. Lowerings turn it into an error which names the place in the source."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand as rules and limits see it: its type, its value where that is a known constant, and for an int32
    scalar or vector its `sizes` where those are known numbers or dims (such as what `Shape` gives)."""

    type: TensorType
    value: np.ndarray | None = None
    sizes: Shape | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An op applied to operands and attributes, in a graph with these functions."""

    op: str
    operands: tuple[Operand, ...]
    attrs: Mapping[str, Any]
    node: str = ""
    functions: Mapping[str, Graph] = field(default_factory=dict)

    def type(self, slot: int) -> TensorType:
        """The type of an operand."""
        return self.operands[slot].type

    def dtype(self, slot: int) -> DType:
        """The dtype of an operand."""
        return self.operands[slot].type.dtype

    def shape(self, slot: int) -> Shape:
        """The shape of an operand."""
        return self.operands[slot].type.shape

    def rank(self, slot: int) -> int:
        """The rank of an operand."""
        return len(self.operands[slot].type.shape)

    def value(self, slot: int) -> np.ndarray | None:
        """The constant value of an operand, or None."""
        return self.operands[slot].value

    def known(self, slot: int) -> np.ndarray:
        """The constant value of an operand which the rule cannot do without."""
        value = self.operands[slot].value
        if value is None:
            raise OpError(f"{self.op}: operand {slot} has to be a constant")
        return value

    def sizes(self, slot: int) -> Shape:
        """The numbers or dims that an int32 operand holds; a dim of its own for each that only the data decides."""
        operand = self.operands[slot]
        if operand.sizes is not None:
            return operand.sizes
        if operand.value is not None:
            return tuple(int(size) for size in np.atleast_1d(operand.value))
        count = operand.type.shape[0] if operand.type.rank else 1
        if not isinstance(count, int):
            raise OpError(f"{self.op}: the length of operand {slot} has to be known")
        return tuple(self.unknown(index) for index in range(count))

    def unknown(self, index: int = 0) -> Dim:
        """A dim that only the data decides, named after the node."""
        return symbol(f"{self.node or self.op}.{index}")

    @property
    def max_rank(self) -> int:
        """The largest rank among the operands."""
        return max((operand.type.rank for operand in self.operands), default=0)


Rule: TypeAlias = Callable[[Call], "TensorType | tuple[TensorType, ...]"]
Meaning: TypeAlias = Callable[..., Any]
Predicate: TypeAlias = Callable[[Call], bool]
Effect: TypeAlias = Literal["throws", "wrong", "undefined", "crashes"]

REQUIRED: Any = object()
# The least normal float32: GPUs are free to give 0 for what is smaller.
_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Input:
    """An input: the dtypes it takes; `host` when the runtime reads its value before it can run the op.

    A variadic input takes all operands from its place on, up to the inputs that follow it.
    """

    name: str
    dtypes: frozenset[DType] = ANY
    host: bool = False
    variadic: bool = False
    optional: bool = False


AttrKind: TypeAlias = Literal[
    "int", "float", "bool", "string", "type", "shape", "func",
    "ints", "floats", "bools", "strings", "types", "shapes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute. `default` may be a function of the call: the element type, the number of operands.

    `choices` are the values that the runtime knows. The runtime lower-cases every string, which a string with
    `case_sensitive` does not survive.
    """

    name: str
    kind: AttrKind
    default: Any = REQUIRED
    choices: tuple[Any, ...] = ()
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What some backends cannot do, decided from types, attributes and constant operands alone. The builder refuses it.

    `throws`: the runtime says so. `wrong`: it computes something else. `undefined`: it returns what memory holds.
    `crashes`: it takes the backend down.
    """

    backends: tuple[Backend, ...]
    effect: Effect
    reason: str
    when: Predicate


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a backend's result differs from the meaning because of the data, such as NaN. Lowerings avoid or accept it.

    `when` sees a call whose operands all have values. Where it is not `certain`, drivers and their compilers are free
    to give the meaning too.
    """

    backends: tuple[Backend, ...]
    reason: str
    when: Predicate
    certain: bool = True


@dataclass(frozen=True, slots=True)
class OpSpec:
    """One op of the vocabulary.

    `meaning` takes the operands as arrays (a variadic input as a list) and the attributes by name; None for ops that
    the interpreter runs itself (functions, control flow). `tolerance` is the relative error that backends may show:
    of each element, or of the largest one where the op `accumulates` products or sums; `absolute` is what may come on
    top, for functions that lose digits near their zeros; GPUs may show `gpu_tolerance` and `gpu_absolute` where those
    are more. `asynchronous` ops need `executeAsync`. An op that is not
    `pure` is never folded, merged or dropped for its value. Some backend writes into
    the operands that an op `overwrites`: they have to be results which nothing else reads, and no constants or inputs.
    """

    name: str
    inputs: tuple[Input, ...]
    rule: Rule
    meaning: Meaning | None
    attrs: tuple[Attr, ...] = ()
    limits: tuple[Limit, ...] = ()
    differences: tuple[Difference, ...] = ()
    category: str = ""
    tolerance: float = 0.0
    absolute: float = 0.0
    gpu_tolerance: float = 0.0
    gpu_absolute: float = 0.0
    accumulates: bool = False
    pure: bool = True
    asynchronous: bool = False
    overwrites: tuple[int, ...] = ()
    note: str = ""

    def complete(
        self,
        operands: Sequence[Operand],
        attrs: Mapping[str, Any],
        node: str = "",
        functions: Mapping[str, Graph] | None = None,
    ) -> Call:
        """The call with every attribute written out; raises OpError when inputs or attributes do not fit."""
        self._check_operands(operands)
        unknown = set(attrs) - {attr.name for attr in self.attrs}
        if unknown:
            raise OpError(f"{self.name} has no attribute {', '.join(sorted(unknown))}")
        call = Call(self.name, tuple(operands), attrs, node, functions or {})
        complete = {attr.name: _attr_value(attr, call) for attr in self.attrs}
        return Call(call.op, call.operands, complete, node, call.functions)

    def types(self, call: Call) -> tuple[TensorType, ...]:
        """The types of the outputs; raises OpError when the operands do not fit together."""
        try:
            types = self.rule(call)
        except ValueError as error:
            raise OpError(f"{self.name}: {error}") from error
        return types if isinstance(types, tuple) else (types,)

    def violations(self, call: Call, backends: Sequence[Backend] = BACKENDS) -> tuple[Limit, ...]:
        """The limits of the given backends that the call runs into."""
        return tuple(limit for limit in self.limits if not _apart(limit.backends, backends) and limit.when(call))

    def error(self, backend: str) -> tuple[float, float]:
        """The relative and the absolute error that a backend may show."""
        if backend not in GPUS:
            return self.tolerance, self.absolute
        return max(self.tolerance, self.gpu_tolerance), max(self.absolute, self.gpu_absolute, _TINY)

    def group(self, operands: Sequence[Any]) -> list[Any]:
        """The operands as the meaning takes them: those of a variadic input as one list."""
        grouped, position = [], 0
        for index, item in enumerate(self.inputs):
            if not item.variadic:
                if position < len(operands):
                    grouped.append(operands[position])
                position += 1
                continue
            end = len(operands) - (len(self.inputs) - index - 1)
            grouped.append(list(operands[position:end]))
            position = end
        return grouped

    def operand_inputs(self, count: int) -> tuple[Input, ...]:
        """For each of `count` operands, the input it belongs to."""
        if not any(item.variadic for item in self.inputs):
            return self.inputs[:count]
        slots = self.group(range(count))
        pairs = zip(self.inputs, slots, strict=False)
        return tuple(item for item, slot in pairs for _ in (slot if isinstance(slot, list) else (slot,)))

    def with_limits(self, *limits: Limit) -> OpSpec:
        """The same spec with more limits."""
        return replace(self, limits=(*self.limits, *limits))

    def _check_operands(self, operands: Sequence[Operand]) -> None:
        least = sum(not (item.optional or item.variadic) for item in self.inputs)
        variadic = any(item.variadic for item in self.inputs)
        if len(operands) < least or (len(operands) > len(self.inputs) and not variadic):
            raise OpError(f"{self.name} takes {least if variadic else len(self.inputs)} inputs, not {len(operands)}")
        for item, operand in zip(self.operand_inputs(len(operands)), operands, strict=True):
            if operand.type.dtype not in item.dtypes:
                raise OpError(f"{self.name}: input {item.name} cannot be {operand.type.dtype}")


def _apart(some: Sequence[Backend], others: Sequence[Backend]) -> bool:
    return all(backend not in others for backend in some)


def _attr_value(attr: Attr, call: Call) -> Any:
    value = call.attrs.get(attr.name, attr.default)
    if value is REQUIRED:
        raise OpError(f"{call.op} needs the attribute {attr.name}")
    if callable(value):
        value = value(call)
    if attr.kind == "type" and not isinstance(value, DType):
        raise OpError(f"{call.op}: {attr.name}={value!r} is not a dtype")
    if attr.choices and value not in attr.choices:
        raise OpError(f"{call.op}: {attr.name}={value!r} is not one of {', '.join(map(repr, attr.choices))}")
    texts = (value,) if isinstance(value, str) else value if attr.kind == "strings" else ()
    if attr.case_sensitive and any(text != text.lower() for text in texts):
        raise OpError(f"{call.op}: TensorFlow.js lower-cases {attr.name}={value!r}, which changes what it means")
    return value


# --- the vocabulary of the tables -----------------------------------------------------------------------------------


def element_type(slot: int = 0) -> Callable[[Call], DType]:
    """The default of a `T` attribute: the dtype of an operand."""

    def default(call: Call) -> DType:
        if slot >= len(call.operands):
            raise OpError(f"{call.op} needs at least {slot + 1} input{'s' if slot else ''}")
        return call.dtype(slot)

    return default


def operand_count(minus: int = 0) -> Callable[[Call], int]:
    """The default of an `N` attribute: the number of operands."""
    return lambda call: len(call.operands) - minus


T = Attr("T", "type", element_type())


def same_type(slot: int = 0) -> Rule:
    """The output has the type of an operand."""
    return lambda call: call.type(slot)


def no_kernel(*backends: Backend) -> Limit:
    """The backends that cannot run the op at all."""
    return Limit(backends, "throws", "the backend has no kernel for it", lambda call: True)


def rank_limit(most: int, *backends: Backend, effect: Effect = "throws") -> Limit:
    """The backends on which operands have at most `most` dims."""
    return Limit(backends, effect, f"at most {most} dims", lambda call: call.max_rank > most)


def dtype_limit(slot: int, allowed: frozenset[DType], *backends: Backend, effect: Effect = "throws") -> Limit:
    """The backends on which an operand has to be of certain dtypes."""
    return Limit(backends, effect, f"only {', '.join(sorted(allowed))}", lambda call: call.dtype(slot) not in allowed)


NO_COMPLEX_ON_WASM = Limit(
    ("wasm",), "throws", "it has no complex numbers", lambda call: any(o.type.dtype is C64 for o in call.operands)
)


def normal_axis(axis: int, rank: int) -> int:
    """A negative axis counted from the front; raises ValueError when there is no such axis."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} does not exist in rank {rank}")
    return axis % rank


def without(shape: Shape, axes: Sequence[int], keep: bool = False) -> Shape:
    """A shape after a reduction over `axes`."""
    gone = {normal_axis(axis, len(shape)) for axis in axes}
    kept: list[Size] = [1 if index in gone else size for index, size in enumerate(shape) if keep or index not in gone]
    return tuple(kept)


__all__ = [
    "ANY", "BACKENDS", "BOOL", "C64", "F32", "GPUS", "I32", "NO_COMPLEX_ON_WASM", "NUMBER", "NUMERIC", "PLAIN", "REAL",
    "REQUIRED", "STRING", "TENSOR",
    "Attr", "Backend", "Call", "DType", "Difference", "Input", "Limit", "Meaning", "OpError", "OpSpec", "Operand",
    "Rule", "T", "TensorType", "dtype_limit", "element_type", "no_kernel", "normal_axis", "operand_count",
    "rank_limit", "same_type", "without",
]  # fmt: skip
