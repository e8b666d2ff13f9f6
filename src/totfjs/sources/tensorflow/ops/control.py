"""Loops and branches, and the ops that check, print or only order others."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.flow.branches import case, if_
from totfjs.sources.tensorflow.flow.loops import body_of, while_
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.program import Body
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _body(use: Use, attr: str) -> Body:
    return body_of(use.lowering, use.attr(attr))


def _if(use: Use) -> Sequence[Operand]:
    yes, no = _body(use, "then_branch"), _body(use, "else_branch")
    return if_(use.lowering, use.operands[0], yes, no, use.operands[1:])


def _case(use: Use) -> Sequence[Operand]:
    bodies = [body_of(use.lowering, each) for each in use.attr("branches")]
    return case(use.lowering, use.operands[0], bodies, use.operands[1:])


def _while(use: Use) -> Sequence[Operand]:
    return while_(use.lowering, _body(use, "cond"), _body(use, "body"), use.operands)


def _loose(use: Use) -> Operand:
    raise OpError("it is part of no loop or branch that totfjs can make out")


def _nothing(use: Use) -> Sequence[Operand]:
    """What has no outputs, and is run for its effect alone."""
    return ()


def _checked(use: Use) -> Operand:
    use.note("Checks of values (Assert, CheckNumerics) are left out of the model.")
    return use.operands[0]


def _printed(use: Use) -> Operand:
    if not use.lowering.keep_debug:
        use.note("What the model prints (Print) is left out.")
        return use.operands[0]
    data = [found for found in map(use.lowering.tensor, use.operands[1:]) if isinstance(found, Tensor)]
    return use.op("Print", use.tensor(0), *data, message=use.text("message", b""), summarize=use.attr("summarize", 3))


_FRAMES = ("Switch", "Merge", "Enter", "Exit", "NextIteration")
_EFFECTS = ("NoOp", "ControlTrigger", "Assert", "PrintV2", "Abort")
_OUTPUTS = {"Switch": ("output_false", "output_true"), "Merge": ("output", "value_index")}

OPS: dict[str, Row] = {
    **dict.fromkeys(("If", "StatelessIf"), Op(_if, integers=True, complex=True)),
    **dict.fromkeys(("Case", "StatelessCase"), Op(_case, integers=True, complex=True)),
    **dict.fromkeys(("While", "StatelessWhile"), Op(_while, integers=True, complex=True)),
    **{
        f"{prefix}{name}": Op(_loose, outputs=_OUTPUTS.get(name, ()), integers=True, complex=True)
        for name in _FRAMES
        for prefix in ("", "Ref")
    },
    **dict.fromkeys(("_SwitchN", "LoopCond"), Op(_loose, integers=True, complex=True)),
    **dict.fromkeys(
        ("NoOp", "ControlTrigger", "Assert", "PrintV2", "Abort"), Op(_nothing, integers=True, complex=True)
    ),
    **dict.fromkeys(("CheckNumerics", "CheckNumericsV2"), Op(_checked, integers=True, complex=True)),
    "Print": Op(_printed, integers=True, complex=True),
}
