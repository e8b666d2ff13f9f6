"""Random numbers that are others at each run: those of TensorFlow.js, of the same distribution."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.dtypes import FLOATS
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _tell(use: Use) -> None:
    """A seed of TensorFlow begins a sequence; one of TensorFlow.js would give the same numbers at each run."""
    use.note(
        "Random numbers are drawn by TensorFlow.js: others than TensorFlow's, and others at each run, seeds or not."
    )


def _floats(op: str) -> Op:
    def rule(use: Use) -> Operand:
        if use.text("dtype", "float32") not in FLOATS:
            raise OpError(f"totfjs draws no random numbers of {use.text('dtype')}")
        _tell(use)
        return use.op(op, use.tensor(0))

    return Op(rule)


def _integers(use: Use) -> Operand:
    """From 0 on: of negative numbers the runtime would draw none of the least."""
    low, high = use.integer(1, "the least of its numbers"), use.integer(2, "the bound of its numbers")
    if low >= high:
        raise OpError(f"it draws from {low} up to {high}, between which there is nothing")
    if high - low > 2**24:
        raise OpError("it draws from more than 2^24 integers, which no float32 tells apart")
    _tell(use)
    drawn = use.op("RandomUniformInt", use.tensor(0), minval=0, maxval=high - low)
    return drawn + low if low else drawn


def _chosen(use: Use) -> Operand:
    _tell(use)
    x: Tensor = use.tensor(0)
    return use.op("Multinomial", x, use.tensor(1))


OPS: dict[str, Row] = {
    **{op: _floats(op) for op in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal")},
    "RandomUniformInt": Op(_integers),
    "Multinomial": Op(_chosen),
}
