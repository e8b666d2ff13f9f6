"""Every activation function and every layer that applies one."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from tests.sources.keras.row import awkward, floats, integers, model, row

# Large numbers hide small mistakes, for errors count relative to the largest: what is finite is tried alone too.
SMALL = np.linspace(-6, 6, 240, dtype=np.float32).reshape(3, 8, 10)
EXTREME = np.float32([[0.0, -0.0, np.inf, -np.inf, np.nan, 88.0, -88.0, 1e-30], [3, -3, 1, -1, 0.5, -0.5, 2.5, -2.5]])
# wasm takes NaN for 0 where a kernel bounds from both sides.
FINITE = np.float32([[0.0, -0.0, np.inf, -90, 90, 88.0, -88.0, 1e-30], [3, -3, 1, -1, 0.5, -0.5, 2.5, -2.5]])

NAMES = (
    "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "softplus", "softsign", "silu", "swish", "gelu", "mish",
    "tanh", "tanh_shrink", "sigmoid", "log_sigmoid", "exponential", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "hard_shrink", "soft_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "linear",
)  # fmt: skip
ALONG = ("glu", "softmax", "log_softmax", "sparsemax")
BOUNDED = ("relu6", "hard_sigmoid", "hard_silu", "hard_swish")


def _any_length(layer):
    given = keras.Input((None, 5))
    return keras.Model(given, layer(given))


@keras.saving.register_keras_serializable("tests", "own")
def own(x):
    """A function of the user's."""
    return x * 2


def _with_mask(layer, shape, *mask):
    def make():
        x, kept = keras.Input(shape), keras.Input(mask, dtype="bool")
        return keras.Model([x, kept], layer()(x, mask=kept))

    return make


_RELUS = {
    "most": {"max_value": 1.5},
    "most 6": {"max_value": 6.0},
    "slope": {"negative_slope": 0.2},
    "threshold": {"threshold": 1.0},
    "slope, most": {"negative_slope": 0.2, "max_value": 1.5},
    "slope, threshold": {"negative_slope": 0.2, "threshold": 1.0},
    "most, threshold": {"max_value": 1.5, "threshold": 1.0},
    "all": {"negative_slope": 0.2, "max_value": 1.5, "threshold": 1.0},
    "most 0": {"max_value": 0.0},
    "most below threshold": {"max_value": 0.5, "threshold": 1.0},
}

ROWS = [
    *(row(f"Activation/{name}", lambda n=name: layers.Activation(n), SMALL) for name in (*NAMES, *ALONG)),
    *(
        row(f"Activation/{name}, extremes", lambda n=name: layers.Activation(n), FINITE if name in BOUNDED else EXTREME)
        for name in NAMES
    ),
    *(
        row(f"Activation/{name}, awkward", lambda n=name: layers.Activation(n), awkward(3, 8))
        for name in ("softmax", "log_softmax", "relu", "silu", "elu", "leaky_relu", "gelu")
    ),
    row("Activation/function", lambda: layers.Activation(keras.activations.gelu), SMALL),
    row("Activation/layer", lambda: layers.Activation(layers.LeakyReLU(0.1)), SMALL),
    row("Activation/None", lambda: layers.Activation(None), (4,)),
    row("Activation/own", lambda: layers.Activation(own), (4,), refused="tests>own"),
    row("Activation/rank 6", lambda: layers.Activation("softmax"), (2, 1, 3, 2, 4)),
    row("Activation/rank 6, gelu", lambda: layers.Activation("gelu"), (2, 1, 3, 2, 4)),
    row("Activation/relu of integers", lambda: layers.Activation("relu"), integers(-9, 9, 3, 4)),
    row("Activation/tanh of integers", lambda: layers.Activation("tanh"), integers(-9, 9, 3, 4)),
    model("Activation/any length", lambda: _any_length(layers.Activation("softmax")), floats(3, 7, 5)),
    row("ReLU", lambda: layers.ReLU(), EXTREME),
    *(row(f"ReLU/{label}", lambda a=arguments: layers.ReLU(**a), SMALL) for label, arguments in _RELUS.items()),
    row("ReLU/of integers", lambda: layers.ReLU(max_value=4), integers(-9, 9, 3, 4)),
    row("ReLU/half of integers", lambda: layers.ReLU(negative_slope=0.5), integers(-9, 9, 3, 4)),
    row("LeakyReLU", lambda: layers.LeakyReLU(), EXTREME),
    row("LeakyReLU/slope", lambda: layers.LeakyReLU(negative_slope=0.07), SMALL),
    row("LeakyReLU/0", lambda: layers.LeakyReLU(negative_slope=0), SMALL),
    row("ELU", lambda: layers.ELU(), EXTREME),
    row("ELU/alpha", lambda: layers.ELU(alpha=0.4), SMALL),
    row("ELU/alpha, extremes", lambda: layers.ELU(alpha=0.4), EXTREME),
    row("PReLU", lambda: layers.PReLU(), (4, 3)),
    row("PReLU/extremes", lambda: layers.PReLU(), EXTREME),
    row("PReLU/shared axis", lambda: layers.PReLU(shared_axes=[1]), (4, 3)),
    row("PReLU/shared axes", lambda: layers.PReLU(shared_axes=[1, 2]), (4, 5, 3)),
    row("PReLU/last axis shared", lambda: layers.PReLU(shared_axes=[3]), (4, 5, 3)),
    row("PReLU/one number", lambda: layers.PReLU(shared_axes=[1, 2]), (4, 3)),
    model("PReLU/any length", lambda: _any_length(layers.PReLU(shared_axes=[1])), floats(3, 7, 5)),
    row("Softmax", lambda: layers.Softmax(), (4, 3)),
    *(
        row(f"Softmax/{axis}", lambda a=axis: layers.Softmax(axis=a), (4, 3, 2))
        for axis in (1, 2, -2, 0, (1, 2), (-1,), (1, 3), (0, 1, 2, 3))
    ),
    row("Softmax/axes, awkward", lambda: layers.Softmax(axis=(1, 2)), awkward(3, 2, 8)),
    row("Softmax/axes, one infinity", lambda: layers.Softmax(axis=(1, 2)), np.float32([[[1, 2], [np.inf, 3]]])),
    row("Softmax/one class", lambda: layers.Softmax(), (1,)),
    model("Softmax/mask", _with_mask(layers.Softmax, (4, 3), 4, 3), (4, 3), integers(0, 2, 3, 4, 3, dtype="bool")),
    model("Softmax/all masked", _with_mask(layers.Softmax, (4,), 4), (4,), np.zeros((3, 4), np.bool_)),
    model("Softmax/axes, mask", _with_mask(lambda: layers.Softmax(axis=(1, 2)), (4, 3), 4, 3), (4, 3),
          integers(0, 2, 3, 4, 3, dtype="bool")),
]  # fmt: skip
