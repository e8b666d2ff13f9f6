"""What programs are held together by: constants, variables, calls of functions, and nodes that pass values on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use, shape_of
from totfjs.sources.tensorflow.values import Operand, Variable
from totfjs.weights.array import Array


def _const(use: Use) -> Operand:
    value = use.attr("value")
    if not isinstance(value, Array):
        raise OpError("its value is no tensor")
    return use.lowering.constant(use.node.name, value)


def _same(use: Use) -> Operand:
    return use.operands[0]


def _all_the_same(use: Use) -> Sequence[Operand]:
    return use.operands


def _call(use: Use) -> Sequence[Operand]:
    return use.lowering.call(use.attr("f").name, use.operands)


def _read(use: Use) -> Operand:
    variable = use.operands[0]
    if not isinstance(variable, Variable):
        raise OpError("it reads no variable whose value was saved")
    return use.lowering.variable(variable)


def _shape(use: Use) -> Operand:
    return use.size_vector(use.shape(0), use.attr("out_type", "int32"))


def _shapes(use: Use) -> Sequence[Operand]:
    return [use.size_vector(shape_of(operand), use.attr("out_type", "int32")) for operand in use.operands]


def _rank(use: Use) -> Operand:
    return np.array(len(use.shape(0)), np.int32)


def _placeholder(use: Use) -> Operand:
    raise OpError("it is an input that the signature does not name")


def _unsaved(use: Use) -> Operand:
    raise OpError("it is a variable whose value was not saved with the model")


# Ops that are there for whoever looks at the graph, or for where it runs.
_PASSED_ON = ("Copy", "CopyHost", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "GuaranteeConst")

OPS: dict[str, Row] = {
    "Const": Op(_const, integers=True),
    "Placeholder": Op(_placeholder, integers=True),
    "PlaceholderV2": Op(_placeholder, integers=True),
    "PlaceholderWithDefault": Op(_same, integers=True, complex=True),
    **dict.fromkeys(("VarHandleOp", "VariableV2", "Variable"), Op(_unsaved, integers=True, complex=True)),
    "Identity": Op(_same, integers=True, complex=True),
    "IdentityN": Op(_all_the_same, integers=True, complex=True),
    "Snapshot": Op(_same, integers=True, complex=True),
    **dict.fromkeys(_PASSED_ON, Op(_same, integers=True, complex=True)),
    "StopGradient": Op(_same, integers=True, complex=True),
    "PreventGradient": Op(_same, integers=True, complex=True),
    "PartitionedCall": Op(_call, integers=True, complex=True),
    "StatefulPartitionedCall": Op(_call, integers=True, complex=True),
    "ReadVariableOp": Op(_read, integers=True, complex=True),
    "Shape": Op(_shape, integers=True, complex=True),
    "ShapeN": Op(_shapes, integers=True, complex=True),
    "Rank": Op(_rank, integers=True, complex=True),
}

REFUSED = {
    **dict.fromkeys(("PyFunc", "PyFuncStateless", "EagerPyFunc"), "it calls Python, which a web page does not have"),
    **dict.fromkeys(
        ("Assign", "AssignAdd", "AssignSub", "CountUpTo"), "it changes a variable, and a web model keeps no state"
    ),
}
