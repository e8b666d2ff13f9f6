"""A Flax model and its checkpoint become a TensorFlow.js model: converted, proved, and run.

    python dev.py example [DIRECTORY]

The weights are random: what is shown is the way into the browser, not training.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
from flax import linen as nn
from flax import serialization

import totfjs


class MnistCNN(nn.Module):
    """Two convolutions and two dense layers, for images of 28 × 28."""

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        """The logits of the ten digits."""
        x = nn.relu(nn.Conv(32, (3, 3))(image))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = nn.relu(nn.Conv(64, (3, 3))(x))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = nn.relu(nn.Dense(128)(x.reshape(x.shape[0], -1)))
        return nn.Dense(10)(x)


def main(directory: Path) -> None:
    """Saves a checkpoint, converts it, and runs the result in a real TensorFlow.js."""
    variables = MnistCNN().init(jax.random.key(0), np.zeros((1, 28, 28, 1), np.float32))
    directory.mkdir(parents=True, exist_ok=True)
    checkpoint = directory / "mnist.msgpack"
    checkpoint.write_bytes(serialization.msgpack_serialize(jax.device_get(variables)))

    web_model = directory / "web_model"
    inputs = {"image": ("b", 28, 28, 1)}
    result = totfjs.convert(MnistCNN, web_model, weights=checkpoint, inputs=inputs, force=True)
    print(f"{result.path}: {', '.join(result.files)} ({result.bytes:,} bytes)")
    print(f"verified: {result.verification.passed}, max abs error {result.verification.max_abs_error:.1e}")

    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    logits = totfjs.run(web_model, {"image": images})["output"]
    print(f"in TensorFlow.js: {np.argmax(logits, axis=1)}")
    print(f"in Flax:          {np.argmax(MnistCNN().apply(variables, images), axis=1)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example_output"))
