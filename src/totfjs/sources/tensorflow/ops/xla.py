"""Functions of JAX in a SavedModel: a node holds a StableHLO module, which is lowered by the rules for JAX."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import util

import numpy as np

from totfjs.errors import MissingDependencyError, UnsupportedError
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use, shape_of
from totfjs.sources.tensorflow.values import Operand

_CPU = "CPU"
_DIRECTLY = "Convert the JAX function itself: `totfjs convert package.module:function out`."


def _module(use: Use) -> Sequence[Operand]:
    _check(use)
    if util.find_spec("jax") is None:
        raise MissingDependencyError(
            f"{use.node.name} holds a function of JAX, and reading it needs JAX, which is not installed.",
            remedy="Run `pip install 'totfjs[jax]'`.",
        )
    from totfjs.sources.stablehlo.inline import Inlining, read_module

    program = read_module(use.attr("module"), f"The module of {use.node.name}")
    operands = [*_platform(use, len(program.arguments)), *(_operand(use, index) for index in range(len(use)))]
    if len(operands) != len(program.arguments):
        raise OpError(f"its module takes {len(program.arguments)} arguments, not {len(operands)}")
    scope = use.node.name.removesuffix("/XlaCallModule").removesuffix("XlaCallModule")
    try:
        found = Inlining(use.builder, scope, use.note).run(program, operands, [shape_of(each) for each in operands])
    except UnsupportedError as error:
        raise UnsupportedError(error.what, remedy=_DIRECTLY, place=error.place) from error
    return found


def _check(use: Use) -> None:
    """Refuses what a module may have around it and a web model has not."""
    if use.attr("function_list", ()):
        names = ", ".join(function.name for function in use.attr("function_list"))
        raise OpError(f"its module calls functions of TensorFlow ({names}); convert the JAX function itself")
    if use.attr("has_token_input_output", False):
        raise OpError("its module has side effects, which a web model cannot have")
    if use.attr("dim_args_spec", ()):
        raise OpError("its module takes sizes as arguments, as old versions of JAX wrote it; export the model again")


def _platform(use: Use, arguments: int) -> list[np.ndarray]:
    """The number of the platform, which modules for several of them take first."""
    platforms = [name.decode() for name in use.attr("platforms", ())]
    if len(platforms) < 2 or arguments != len(use) + 1:
        return []
    return [np.array(platforms.index(_CPU) if _CPU in platforms else 0, np.int32)]


def _operand(use: Use, index: int) -> np.ndarray | Tensor | Complex:
    """An operand: numbers that may decide about shapes as they are, weights by their names."""
    found = use.operands[index]
    return found if isinstance(found, np.ndarray) and found.dtype.kind in "iub" else use.lowering.tensor(found)


OPS: dict[str, Row] = {
    "XlaCallModule": Op(_module, integers=True, complex=True),
}
