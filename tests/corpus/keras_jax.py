"""Models of Keras 3 on the JAX backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.corpus.entry import Entry
from tests.corpus.randomised import drawn, keras
from tests.corpus.rows import row

layers = keras.layers


def model(name: str, make: Callable[[], Any], **options: Any) -> Entry:
    """An entry of a model, with random weights."""

    def build() -> tuple[Any, Any]:
        random = np.random.default_rng(0)
        with keras.StatelessScope():  # the variables get their values when it ends, and none is compiled a generator
            made = make()
            for variable in made.variables:
                if np.dtype(variable.dtype).kind == "f":
                    variable._initializer = _constant(drawn(variable.path, variable, random))
        return made, None

    return row(name, build, **options)


def _constant(value: np.ndarray) -> Callable[..., np.ndarray]:
    return lambda shape, dtype: value


def convnet() -> Any:
    """Convolutions of all kinds, BatchNorm and pools, one after the other."""
    return keras.Sequential(
        [
            keras.Input((16, 16, 3), name="image"),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(12, 3, activation="swish"),
            layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
            layers.BatchNormalization(scale=False),
            layers.ReLU(6.0),
            layers.SpatialDropout2D(0.2),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
            layers.AveragePooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="softmax", name="digits"),
        ]
    )


def lstm_attention() -> Any:
    """A bidirectional LSTM over words, and attention over its steps."""
    tokens = keras.Input((8,), name="tokens", dtype="int32")
    x = layers.Embedding(20, 8)(tokens)
    x = layers.Bidirectional(layers.LSTM(6, return_sequences=True))(x)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 6, dropout=0.1)(x, x))
    return keras.Model(tokens, layers.Dense(3, name="logits")(layers.GlobalAveragePooling1D()(x)))


def gru_masked() -> Any:
    """A GRU which skips the padding of its words."""
    tokens = keras.Input((6,), name="tokens", dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True)(tokens)
    steps, state = layers.GRU(5, return_sequences=True, return_state=True)(x)
    return keras.Model(tokens, {"steps": layers.TimeDistributed(layers.Dense(2))(steps), "state": state})


def encoder() -> Any:
    """A block of a transformer over any number of steps."""
    x = keras.Input((None, 16), name="x")
    y = layers.LayerNormalization()(x)
    y = x + layers.MultiHeadAttention(4, 4)(y, y, use_causal_mask=True)
    z = layers.Dense(32, activation="gelu")(layers.RMSNormalization()(y))
    return keras.Model(x, layers.Add()([y, layers.Dense(16)(z)]))


def resnet() -> Any:
    """A residual network with shortcuts, and two heads."""
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(layers.ZeroPadding2D(1)(image))
    for filters, stride in ((8, 1), (12, 2)):
        y = layers.Activation("relu")(layers.BatchNormalization()(x))
        skip = layers.Conv2D(filters, 1, strides=stride)(y)
        y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(y)
        y = layers.Activation("leaky_relu")(layers.BatchNormalization()(y))
        x = layers.Add()([skip, layers.Conv2D(filters, 3, padding="same")(y)])
    x = layers.GlobalAveragePooling2D()(layers.GroupNormalization(4)(x))
    return keras.Model(image, [layers.Dense(3, name="kind")(x), layers.Dense(1, "sigmoid", name="sure")(x)])


def two_inputs() -> Any:
    """Words and numbers, merged in several ways."""
    tokens, numbers = keras.Input((5,), name="tokens", dtype="int32"), keras.Input((4,), name="numbers")
    words = layers.GlobalMaxPooling1D()(layers.Embedding(12, 6)(tokens))
    dense = layers.PReLU()(layers.Dense(6)(numbers))
    merged = layers.Concatenate()([words, dense, layers.Multiply()([words, dense]), layers.Maximum()([words, dense])])
    repeated = layers.Dot(1)([layers.RepeatVector(3)(merged), layers.RepeatVector(3)(merged)])
    return keras.Model(
        [tokens, numbers], [layers.Dense(2, name="logits")(merged), layers.Flatten(name="dots")(repeated)]
    )


def conv1d() -> Any:
    """Sound: causal and dilated convolutions, upsampling, cropping."""
    return keras.Sequential(
        [
            keras.Input((20, 2), name="sound"),
            layers.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="elu"),
            layers.UpSampling1D(2),
            layers.Cropping1D((1, 2)),
            layers.SeparableConv1D(4, 5, activation="tanh"),
            layers.AveragePooling1D(3),
            layers.UnitNormalization(),
            layers.Permute((2, 1)),
            layers.Reshape((-1,)),
            layers.Dense(3, name="pitch"),
        ]
    )


def unet() -> Any:
    """Down, up by bilinear resizing, with a skip; in three dims at its end."""
    image = keras.Input((8, 8, 2), name="image")
    down = layers.Conv2D(6, 3, strides=2, padding="same", activation="mish")(image)
    up = layers.UpSampling2D(2, interpolation="bilinear")(down)
    x = layers.Concatenate()([image, up])
    x = layers.Reshape((8, 8, 8, 1))(x)
    return keras.Model(image, layers.Conv3D(2, 3, padding="same", activation="hard_sigmoid", name="mask")(x))


class Own(keras.Model):
    """A model of one's own, with a cell unrolled in a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = layers.RNN([layers.SimpleRNNCell(5), layers.GRUCell(4)])
        self.dropout, self.last = layers.Dropout(0.4), layers.Dense(3)

    def call(self, x: Any, training: bool = True) -> Any:
        return {"logits": self.last(self.dropout(self.cells(x), training=training))}


def own() -> Any:
    """A model of one's own, built by a symbolic call."""
    made = Own()
    made(keras.Input((4, 3)))
    return made


ENTRIES = (
    model("keras_jax_convnet", convnet, image="b,16,16,3"),
    model("keras_jax_lstm_attention", lstm_attention, tokens="int32[b,8]"),
    model("keras_jax_gru_masked", gru_masked, tokens="int32[b,6]"),
    model("keras_jax_encoder", encoder, x="b,t,16"),
    model("keras_jax_resnet", resnet, image="b,16,16,3"),
    model("keras_jax_two_inputs", two_inputs, tokens="int32[b,5]", numbers="b,4"),
    model("keras_jax_conv1d", conv1d, sound="b,20,2"),
    model("keras_jax_unet", unet, image="b,8,8,2"),
    model("keras_jax_own", own, x="b,4,3"),
)
