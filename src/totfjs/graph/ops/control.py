"""Branches and loops: over functions (If, While) and over frames (Switch, Merge, Enter, Exit, NextIteration).

The interpreter runs both kinds; nothing here has a meaning of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from totfjs.graph import dims
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.graph import Graph
from totfjs.graph.ops.spec import (
    ANY,
    BACKENDS,
    BOOL,
    I32,
    Attr,
    Call,
    Input,
    Limit,
    OpError,
    OpSpec,
    Rule,
    T,
    TensorType,
    operand_count,
    same_type,
)
from totfjs.graph.ops.stored import freed

NOT_WIRED: dict[str, str] = {
    "RaggedGather": "the runtime does not know the name",
    "RaggedRange": "the runtime does not know the name",
    "RaggedTensorToTensor": "the runtime does not know the name",
    "SimpleMLCreateModelResource": "only the package tfjs-tfdf runs it",
    "SimpleMLInferenceOpWithHandle": "only the package tfjs-tfdf runs it",
    "SimpleMLLoadModelFromPathWithHandle": "only the package tfjs-tfdf runs it",
}

# A shape in which None stands for a dim that is not known here.
Sizes = tuple[Size | None, ...]
Bindings = dict[str, Size | None]

_TABLES = ("HashTable", "InitializeTable", "LookupTable")


# --- functions ------------------------------------------------------------------------------------------------------


def _function(call: Call, attr: str) -> Graph:
    found = call.functions.get(call.attrs[attr])
    if found is None:
        raise OpError(f"{call.op}: there is no function {call.attrs[attr]}")
    return found


def _arguments(function: Graph) -> list[TensorType]:
    return [function.type(value) for value in function.inputs.values()]


def _bindings(call: Call, attr: str, operands: Iterable[TensorType]) -> Bindings:
    """What the symbols in a function's argument shapes stand for, None if for more than one size.

    Raises OpError when operands do not fit.
    """
    given, wanted = list(operands), _arguments(_function(call, attr))
    if len(given) != len(wanted):
        raise OpError(f"{call.op}: {call.attrs[attr]} takes {len(wanted)} arguments, not {len(given)}")
    bound: Bindings = {}
    for index, (mine, argument) in enumerate(zip(given, wanted, strict=True)):
        if not _fits(mine, argument):
            raise OpError(f"{call.op}: argument {index} of {call.attrs[attr]} is {argument}, not {mine}")
        for size, declared in zip(mine.shape, argument.shape, strict=True):
            if isinstance(declared, Dim) and str(declared) in declared.symbols:
                bound[str(declared)] = size if bound.get(str(declared), size) == size else None
    return bound


def _fits(given: TensorType, wanted: TensorType) -> bool:
    if given.dtype != wanted.dtype or given.rank != wanted.rank:
        return False
    return all(
        a == b or isinstance(a, Dim) or isinstance(b, Dim) for a, b in zip(given.shape, wanted.shape, strict=True)
    )


def _outside(shape: Shape, bound: Bindings) -> Sizes:
    """A shape inside a function as the caller sees it; None for dims that only the function knows."""
    return tuple(size if isinstance(size, int) else _outside_size(size, bound) for size in shape)


def _outside_size(size: Dim, bound: Bindings) -> Size | None:
    if str(size) in bound:
        return bound[str(size)]
    return size if all(bound.get(name) == dims.symbol(name) for name in size.symbols) else None


def _meeting(call: Call, rows: Iterable[tuple[TensorType, Sizes, Sizes]]) -> tuple[TensorType, ...]:
    """For each value, the type with the dims on which two shapes agree; the others are decided by the data."""
    numbers = count()

    def size(left: Size | None, right: Size | None) -> Size:
        return left if left is not None and left == right else call.unknown(next(numbers))

    return tuple(kind.with_shape(*map(size, left, right)) for kind, left, right in rows)


# --- If and While ---------------------------------------------------------------------------------------------------


def _branch_results(call: Call) -> tuple[TensorType, ...]:
    operands = [operand.type for operand in call.operands[1:]]
    branches = [_function(call, attr) for attr in ("then_branch", "else_branch")]
    bound = [_bindings(call, attr, operands) for attr in ("then_branch", "else_branch")]
    types = [[branch.type(value) for value in branch.outputs.values()] for branch in branches]
    if [(kind.dtype, kind.rank) for kind in types[0]] != [(kind.dtype, kind.rank) for kind in types[1]]:
        raise OpError(f"{call.op}: the branches have different results")
    rows = (
        (one, _outside(one.shape, bound[0]), _outside(other.shape, bound[1])) for one, other in zip(*types, strict=True)
    )
    return _meeting(call, rows)


def _if_types(call: Call) -> tuple[TensorType, ...]:
    if call.rank(0):
        raise OpError(f"{call.op}: the condition has to be a scalar")
    return _branch_results(call)


def _while_types(call: Call) -> tuple[TensorType, ...]:
    operands = [operand.type for operand in call.operands]
    _bindings(call, "cond", operands)
    bound = _bindings(call, "body", operands)
    condition, body = _function(call, "cond"), _function(call, "body")
    if [condition.type(value) for value in condition.outputs.values()] != [TensorType(BOOL, ())]:
        raise OpError(f"{call.op}: the condition has to give one bool scalar")
    results = [body.type(value) for value in body.outputs.values()]
    if len(results) != len(operands) or not all(map(_fits, results, operands)):
        raise OpError(f"{call.op}: the body gives {', '.join(map(str, results))}")
    rows = (
        (state, state.shape, _outside(result.shape, bound)) for state, result in zip(operands, results, strict=True)
    )
    return _meeting(call, rows)


def _operand_dtypes(start: int) -> Attr:
    return Attr("Tin" if start else "T", "types", lambda call: tuple(o.type.dtype for o in call.operands[start:]))


def _functions(call: Call) -> list[Graph]:
    names = (call.attrs[attr] for attr in ("then_branch", "else_branch", "cond", "body") if attr in call.attrs)
    return [call.functions[name] for name in names if name in call.functions]


def _never_starts(call: Call) -> bool:
    return any(
        not node.inputs and node.array is None and node.values[0] not in function.inputs.values()
        for function in _functions(call)
        for node in function
    )


def _uses_tables(call: Call) -> bool:
    return any(node.op.startswith(_TABLES) for function in _functions(call) for node in function)


def _frees_elements(call: Call) -> bool:
    return any(freed(function, call.functions) for function in _functions(call))


_FUNCTION_LIMITS = (
    Limit(BACKENDS, "throws", "in a function, a node without inputs never starts", _never_starts),
    Limit(BACKENDS, "throws", "functions do not see the tables of the model", _uses_tables),
    Limit(
        BACKENDS,
        "throws",
        "what a function puts into a list is freed at its end, unless it is a result of its own too",
        _frees_elements,
    ),
)


def _if(name: str, pure: bool) -> OpSpec:
    attrs = (
        Attr("then_branch", "func"),
        Attr("else_branch", "func"),
        Attr("Tcond", "type", lambda call: call.dtype(0)),
        _operand_dtypes(1),
        Attr("Tout", "types", lambda call: tuple(kind.dtype for kind in _branch_results(call))),
        Attr("output_shapes", "shapes", lambda call: tuple(kind.shape for kind in _branch_results(call))),
    )
    inputs = (Input("cond", frozenset((BOOL, I32))), Input("input", ANY, variadic=True))
    return OpSpec(
        name, inputs, _if_types, None, attrs, _FUNCTION_LIMITS, category="control", pure=pure, asynchronous=True
    )


def _while(name: str, pure: bool) -> OpSpec:
    attrs = (
        Attr("cond", "func"),
        Attr("body", "func"),
        _operand_dtypes(0),
        Attr("output_shapes", "shapes", lambda call: tuple(kind.shape for kind in _while_types(call))),
        Attr("parallel_iterations", "int", 10),
    )
    inputs = (Input("input", ANY, variadic=True),)
    return OpSpec(
        name, inputs, _while_types, None, attrs, _FUNCTION_LIMITS, category="control", pure=pure, asynchronous=True
    )


# --- frames ---------------------------------------------------------------------------------------------------------


def _constant_input(call: Call) -> bool:
    return any(operand.value is not None for operand in call.operands)


def _merge_type(call: Call) -> TensorType:
    first, *others = (operand.type for operand in call.operands)
    for other in others:
        if not _fits(first, other):
            raise OpError(f"{call.op}: {first} and {other} cannot meet")
        (first,) = _meeting(call, [(first, first.shape, other.shape)])
    return first


def _frame_op(name: str, inputs: tuple[Input, ...], rule: Rule, *attrs: Attr, **more: Any) -> OpSpec:
    return OpSpec(name, inputs, rule, None, (T, *attrs), category="control", pure=False, asynchronous=True, **more)


_DATA, _PRED = Input("data", ANY), Input("pred", frozenset((BOOL,)))

OPS: tuple[OpSpec, ...] = (
    _if("If", False),
    _if("StatelessIf", True),
    _while("While", False),
    _while("StatelessWhile", True),
    _frame_op("Switch", (_DATA, _PRED), lambda call: (call.type(0), call.type(0)), note="output 1 is live on true"),
    _frame_op(
        "Merge",
        (Input("inputs", ANY, variadic=True),),
        _merge_type,
        Attr("N", "int", operand_count()),
        limits=(Limit(BACKENDS, "wrong", "a constant is there whatever branch is taken", _constant_input),),
        note="TensorFlow has a second output, which says what input was live; the runtime has not",
    ),
    _frame_op(
        "Enter",
        (_DATA,),
        same_type(),
        Attr("frame_name", "string"),
        Attr("is_constant", "bool", False),
        Attr("parallel_iterations", "int", 10),
        note="a loop inside a loop is entered by values of that loop, not by constants, which are outside of both",
    ),
    _frame_op("Exit", (_DATA,), same_type()),
    _frame_op("NextIteration", (_DATA,), same_type()),
    OpSpec("LoopCond", (_PRED,), same_type(), None, category="control", pure=False, asynchronous=True),
)
