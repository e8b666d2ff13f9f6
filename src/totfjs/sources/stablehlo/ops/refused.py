"""Operations that no web model can have, each with its reason."""

from __future__ import annotations

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo.operation import Op, Rule, Value


def refused(reason: str) -> Rule:
    """A rule that says why not."""

    def rule(op: Op, *_: Value) -> Value:
        raise OpError(reason)

    return rule


_GENERATOR = "the bits of this generator are XLA's own, and other ones on other machines: use threefry2x32 keys"
_DRAWN = "it draws other numbers each time: take them as an input, or draw them from a threefry2x32 key"
_QUEUES = "it talks to a host while the model runs"
_QUANTIZED = "quantized types are not supported: quantize the weights when converting"
REASONS: dict[str, str] = {
    "stablehlo.rng_bit_generator": _GENERATOR,
    "stablehlo.rng": _DRAWN,
    **dict.fromkeys(("stablehlo.infeed", "stablehlo.outfeed", "stablehlo.send", "stablehlo.recv"), _QUEUES),
    **dict.fromkeys(("stablehlo.uniform_quantize", "stablehlo.uniform_dequantize"), _QUANTIZED),
    "stablehlo.batch_norm_grad": "it is a step of training",
}
RULES: dict[str, Rule] = {name: refused(reason) for name, reason in REASONS.items()}
