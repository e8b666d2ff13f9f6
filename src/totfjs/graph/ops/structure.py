"""The frame of a graph: inputs, constants, identities, shapes as values."""

from __future__ import annotations

import numpy as np

from totfjs.graph.ops.spec import ANY, I32, Attr, Input, OpSpec, T, TensorType, same_type

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Placeholder",
        (),
        lambda call: TensorType(call.attrs["dtype"], call.attrs["shape"]),
        None,
        (Attr("dtype", "type"), Attr("shape", "shape")),
    ),
    OpSpec("Const", (), lambda call: TensorType(call.attrs["dtype"], ()), None, (Attr("dtype", "type"),)),
    OpSpec("Identity", (Input("x", ANY),), same_type(), lambda x, T: x, (T,)),
    OpSpec(
        "Shape",
        (Input("x"),),
        lambda call: TensorType(I32, (call.rank(0),)),
        lambda x, T, out_type: np.array(np.shape(x), np.int32),
        (T, Attr("out_type", "type", I32)),
    ),
)
