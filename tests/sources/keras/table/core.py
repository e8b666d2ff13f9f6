"""Dense products, embeddings, masks, and what does nothing at inference."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from tests.sources.keras.row import awkward, floats, integers, model, row

PADDED = np.array([[1, 2, 3, 0, 0, 0], [4, 0, 2, 1, 0, 3], [0, 0, 0, 0, 0, 0]], np.int32)


def _masked(*after):
    """Words with holes, embedded, and layers on them; a functional model would hold the masks as operations."""
    return lambda: keras.Sequential(
        [keras.Input((6,), dtype="int32"), layers.Embedding(5, 4, mask_zero=True), *(layer() for layer in after)]
    )


def _reversed(**arguments):
    def make():
        given = keras.Input((5,), dtype="int32")
        embedding = layers.ReversibleEmbedding(9, 4, **arguments)
        return keras.Model(given, embedding(layers.Dense(4)(embedding(given)), reverse=True))

    return make


def _called(layer, shape, **arguments):
    def make():
        given = keras.Input(shape)
        return keras.Model(given, layer()(given, **arguments))

    return make


_QUIET = {
    "Dropout": lambda: layers.Dropout(0.5),
    "Dropout/noise shape": lambda: layers.Dropout(0.5, noise_shape=(None, 1, 3), seed=3),
    "AlphaDropout": lambda: layers.AlphaDropout(0.5),
    "GaussianDropout": lambda: layers.GaussianDropout(0.5),
    "GaussianNoise": lambda: layers.GaussianNoise(0.5),
    "ActivityRegularization": lambda: layers.ActivityRegularization(l1=0.1, l2=0.2),
    "Identity": lambda: layers.Identity(),
    "SpatialDropout1D": lambda: layers.SpatialDropout1D(0.5),
}
_MASK_KEEPERS = {
    "Dense": lambda: layers.Dense(3),
    "Dropout": lambda: layers.Dropout(0.5),
    "SpatialDropout1D": lambda: layers.SpatialDropout1D(0.5),
    "GaussianNoise": lambda: layers.GaussianNoise(0.5),
    "Identity": lambda: layers.Identity(),
    "Activation": lambda: layers.Activation("tanh"),
    "Activation linear": lambda: layers.Activation("linear"),
    "ReLU": lambda: layers.ReLU(),
    "PReLU": lambda: layers.PReLU(),
}
_IDLE = {
    "Reshape": lambda: layers.Reshape((6, 4)),
    "Reshape of a rest": lambda: layers.Reshape((-1, 4)),
    "Permute": lambda: layers.Permute((1, 2)),
    "Cropping1D": lambda: layers.Cropping1D(0),
}
_MASK_LOSERS = {
    "UpSampling1D by 1": lambda: layers.UpSampling1D(1),
    "ZeroPadding1D by 0": lambda: layers.ZeroPadding1D(0),
    "Permute twice": lambda: keras.Sequential([layers.Permute((2, 1)), layers.Permute((2, 1))]),
    "UpSampling1D": lambda: layers.UpSampling1D(2),
    "ZeroPadding1D": lambda: layers.ZeroPadding1D(1),
    "EinsumDense": lambda: layers.EinsumDense("abc,cd->abd", (None, 3)),
}
_EQUATIONS = [
    ("ab,bc->ac", 4, None, (5,)),
    ("ab,bc->ac", 4, "c", (5,)),
    ("abc,cd->abd", (None, 4), "d", (3, 5)),
    ("abc,cde->abde", (None, 2, 4), "de", (3, 5)),
    ("abc,cde->abde", (None, 2, 4), "e", (3, 5)),
    ("abc,cde->abde", (None, 2, 4), "d", (3, 5)),
    ("abcd,cde->abe", (None, 4), "e", (3, 2, 5)),
    ("abc,bd->adc", (4, 5), "d", (3, 5)),
    ("abc,bcd->abd", (3, 4), "bd", (3, 5)),
    ("abc,bc->abc", (3, 5), None, (3, 5)),
    ("abc,d->abcd", (3, 5, 4), None, (3, 5)),
    ("abc,c->ab", (3,), None, (3, 5)),
    ("abc,cd->ad", (4,), "d", (3, 5)),
    ("...x,xy->...y", 4, "y", (3, 2, 5)),
    ("...xy,xyz->...z", (4,), "z", (3, 2, 5)),
    ("ab...,bc->ac...", (4,), "c", (5, 3, 2)),
    ("ab...,bc->ac...", (4,), None, (5,)),
]

ROWS = [
    row("Dense", lambda: layers.Dense(4), (5,)),
    row("Dense/no bias", lambda: layers.Dense(4, use_bias=False), (5,)),
    row("Dense/rank 3, tanh", lambda: layers.Dense(4, activation="tanh"), (2, 5)),
    row("Dense/rank 5", lambda: layers.Dense(3), (2, 1, 3, 5)),
    row("Dense/one unit", lambda: layers.Dense(1, activation="sigmoid"), (1,)),
    row("Dense/integers", lambda: layers.Dense(3), integers(-5, 5, 3, 4)),
    row("Dense/bools", lambda: layers.Dense(3), integers(0, 2, 3, 4, dtype="bool")),
    row("Dense/layer as activation", lambda: layers.Dense(4, activation=layers.ReLU(max_value=1.0)), (5,)),
    row("Dense/layer with weights, which Keras does not save, as activation",
        lambda: layers.Dense(4, activation=layers.PReLU()), (5,), refused="has no weight"),
    row("Dense/regularised", lambda: layers.Dense(4, kernel_regularizer="l2", kernel_constraint="unit_norm"), (5,)),
    row("Dense/NaN and infinities", lambda: layers.Dense(2), awkward(3, 4)),
    row("Dense/mixed float16", lambda: layers.Dense(4, "relu", dtype="mixed_float16"), (5,), tolerance=1e-2),
    row("Dense/float16", lambda: layers.Dense(4, dtype="float16"), (5,), tolerance=1e-2),
    row("Dense/float64", lambda: layers.Dense(4, dtype="float64"), (5,)),
    row("Dense/mixed bfloat16", lambda: layers.Dense(4, dtype="mixed_bfloat16"), (5,), tolerance=8e-2),
    model("Dense/int8", lambda: _quantised("int8"), (5,), refused=r"its weights are quantised \(int8\)"),
    model("Dense/int4", lambda: _quantised("int4"), (5,), refused=r"its weights are quantised \(int4"),
    model("Dense/any length", lambda: _any_length(layers.Dense(4, "relu")), floats(3, 7, 5)),
    model("Dense/shared", lambda: _shared(layers.Dense(5)), (5,)),
    *(
        row(f"EinsumDense/{equation}, {axes}, {len(shape)}", lambda e=equation, o=out, b=axes: layers.EinsumDense(
            e, o, bias_axes=b), shape)
        for equation, out, axes, shape in _EQUATIONS
    ),
    row("EinsumDense/activation", lambda: layers.EinsumDense("ab,bc->ac", 4, "gelu", bias_axes="c"), (5,)),
    model("EinsumDense/any length", lambda: _any_length(layers.EinsumDense("abc,cde->abde", (None, 2, 3))),
          floats(2, 6, 5)),
    row("Embedding", lambda: layers.Embedding(9, 4), integers(0, 9, 3, 5)),
    row("Embedding/float indices", lambda: layers.Embedding(9, 4), np.float32([[0, 1.9, 8.2], [3, 0.5, 7.99]])),
    row("Embedding/rank 1", lambda: layers.Embedding(9, 4), integers(0, 9, 3)),
    row("Embedding/rank 3", lambda: layers.Embedding(9, 4), integers(0, 9, 3, 2, 5)),
    row("Embedding/mask", lambda: layers.Embedding(5, 4, mask_zero=True), PADDED),
    row("Embedding/one word", lambda: layers.Embedding(1, 1), integers(0, 1, 3, 2)),
    row("Embedding/weights", lambda: layers.Embedding(3, 2, weights=[floats(3, 2)]), integers(0, 3, 3, 4)),
    model("Embedding/any length", lambda: _any_length(layers.Embedding(9, 4), dtype="int32"), integers(0, 9, 3, 5)),
    row("ReversibleEmbedding", lambda: layers.ReversibleEmbedding(9, 4), integers(0, 9, 3, 5)),
    model("ReversibleEmbedding/tied", _reversed(), integers(0, 9, 3, 5)),
    model("ReversibleEmbedding/apart", _reversed(tie_weights=False), integers(0, 9, 3, 5)),
    model("ReversibleEmbedding/soft cap", _reversed(logit_soft_cap=2.0), integers(0, 9, 3, 5)),
    row("Masking", lambda: layers.Masking(), floats(2, 4, 3) * (integers(0, 2, 2, 4, 1) > 0)),
    row("Masking/value", lambda: layers.Masking(1.5), np.float32([[[1.5, 1.5], [1.5, 2], [0, 0]]])),
    row("Masking/NaN", lambda: layers.Masking(), awkward(3, 4, 3)),
    row("Masking/integers", lambda: layers.Masking(2), integers(1, 3, 3, 4, 2)),
    *(row(label, make, (4, 3)) for label, make in _QUIET.items()),
    row("Lambda/function", lambda: layers.Lambda(keras.activations.relu), (4,), refused="Python code, which totfjs"),
    row("Lambda/lambda", lambda: layers.Lambda(lambda x: x * 2), (4,), refused="totfjs never runs"),
    model("Identity/of two", lambda: _identity_of_two(), (4,), (3,)),
    row("SpatialDropout2D", lambda: layers.SpatialDropout2D(0.5), (4, 3, 2)),
    row("SpatialDropout3D", lambda: layers.SpatialDropout3D(0.5, data_format="channels_first"), (2, 4, 3, 2)),
    model("Dropout/training at inference", _called(lambda: layers.Dropout(0.5), (4,), training=True), (4,),
          refused="called with training=True"),
    model("Dropout/rate 0, training", _called(lambda: layers.Dropout(0.0), (4,), training=True), (4,)),
    *(
        model(f"masks/{name} keeps them", _masked(layer, layers.GlobalAveragePooling1D), PADDED[:2])
        for name, layer in _MASK_KEEPERS.items()
    ),
    *(
        model(f"masks/{name} loses them", _masked(layer, layers.GlobalAveragePooling1D), PADDED[:2])
        for name, layer in _MASK_LOSERS.items()
    ),
    *(
        model(f"masks/idle {name} keeps them", _masked(layer, layers.GlobalAveragePooling1D), PADDED[:2])
        for name, layer in _IDLE.items()
    ),
    model("masks/Masking after Embedding", _masked(layers.Masking, layers.GlobalAveragePooling1D), PADDED[:2]),
    model("masks/through a nested model", lambda: _nested_mask(), PADDED[:2]),
    model("masks/given to a nested model", lambda: _nested_mask_by_hand(), (4, 3),
          np.bool_([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])),
    model("masks/given by hand", lambda: _mask_by_hand(), (4, 3), np.bool_([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])),
]  # fmt: skip


def _any_length(layer, dtype="float32"):
    given = keras.Input((None,) if dtype != "float32" else (None, 5), dtype=dtype)
    return keras.Model(given, layer(given))


def _shared(layer):
    given = keras.Input((5,))
    return keras.Model(given, [layer(layer(given)), layer(given)])


def _quantised(mode):
    given = keras.Input((5,))
    made = keras.Model(given, layers.Dense(4)(given))
    made.quantize(mode)
    return made


def _nested_mask():
    given = keras.Input((6, 4))
    inner = keras.Model(given, layers.Dense(3)(given))
    return _masked(lambda: inner, layers.GlobalAveragePooling1D)()


def _mask_by_hand():
    x, mask = keras.Input((4, 3)), keras.Input((4,), dtype="bool")
    return keras.Model([x, mask], layers.GlobalAveragePooling1D()(x, mask=mask))


def _nested_mask_by_hand():
    inner = keras.Sequential([keras.Input((4, 3)), layers.Dense(3), layers.GlobalAveragePooling1D()])
    x, mask = keras.Input((4, 3)), keras.Input((4,), dtype="bool")
    return keras.Model([x, mask], inner(x, mask=mask))


def _identity_of_two():
    given = [keras.Input((4,)), keras.Input((3,))]
    return keras.Model(given, layers.Identity()(given))
