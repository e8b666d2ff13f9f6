"""What is decided while lowering, what means nothing on one device, and what runs elsewhere than in the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.shapes import reshape
from totfjs.sources.jax.equation import Equation, Rule


def dropped(eqn: Equation, *_: Tensor) -> Sequence[Tensor]:
    """An effect on the host, such as a print, which a web model does not have; a note says so."""
    return ()


def platform(eqn: Equation) -> Tensor:
    """The number of the branch for the CPU, or else of the default."""
    platforms = list(eqn.params["platforms"])
    index = next((at for at, names in enumerate(platforms) if names is not None and "cpu" in names), None)
    if index is None:
        index = platforms.index(None) if None in platforms else None
    if index is None and eqn.params.get("has_default"):  # until 0.6 the default comes after all that have names
        index = len(platforms)
    if index is None:
        raise OpError("there is neither a branch for the CPU nor a default")
    return eqn.const(np.int32(index))


def alone(eqn: Equation, *xs: Tensor) -> Sequence[Tensor]:
    """A collective over an axis of one device: the operands, with an axis of size 1 more or less."""
    return [
        reshape(eqn.full(x, index), output.shape) for index, (x, output) in enumerate(zip(xs, eqn.outputs, strict=True))
    ]


def first_device(eqn: Equation) -> Tensor:
    """The number of the only device."""
    return eqn.const(np.int32(0))


def refused(reason: str) -> Rule:
    """A primitive that no web model can have."""

    def rule(eqn: Equation, *_: Tensor) -> Tensor:
        raise OpError(reason)

    return rule


_PYTHON = "it calls Python while the model runs, and there is no Python in a browser"
_KERNEL = "it is a kernel written for other hardware; give the function in plain JAX"
_FOREIGN = "it calls a library of another machine"
REFUSED: dict[str, str] = {
    **dict.fromkeys(("pure_callback", "io_callback", "buffer_callback"), _PYTHON),
    **dict.fromkeys(("pallas_call", "core_map", "cudnn_fusion", "run_scoped"), _KERNEL),
    **dict.fromkeys(("ffi_call", "custom_call", "tpu_custom_call", "triton_kernel_call"), _FOREIGN),
}
PRINTS = ("debug_callback", "debug_print", "inspect_sharding")
COLLECTIVES = (
    "psum", "psum2", "psum_invariant", "pmax", "pmin", "ppermute", "all_gather", "all_gather_invariant", "all_to_all",
    "reduce_scatter", "pbroadcast", "pvary", "pgather", "unreduced_psum", "preduced", "psum_scatter", "pcast",
)  # fmt: skip

RULES: dict[str, Rule] = {
    **dict.fromkeys(PRINTS, dropped),
    **dict.fromkeys(COLLECTIVES, alone),
    **{name: refused(reason) for name, reason in REFUSED.items()},
    "axis_index": first_device,
    "platform_index": platform,
}
