"""Dense products, embeddings, activations, and what does nothing at inference."""

from __future__ import annotations

from keras import layers

from tests.sources.keras.row import row

ROWS = [
    row("Dense", lambda: layers.Dense(4), (5,)),
    row("Dense/no bias", lambda: layers.Dense(4, use_bias=False), (5,)),
    row("Dense/rank 3, tanh", lambda: layers.Dense(4, activation="tanh"), (2, 5)),
]
