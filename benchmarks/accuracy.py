"""Whole models at full size, with dynamic batch, through `convert`: the error in TensorFlow.js against the source.

    python benchmarks/accuracy.py [BACKEND...]

Bar: at most 1e-5 of the largest output, 1e-4 on webgl, at two batch sizes. By default cpu and wasm, without a browser;
webgl, webgpu and wasm-threads need one. `TOTFJS_ENGINE=browser` runs cpu and wasm in it too.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from flax import nnx
from tests import models

import totfjs
from measure import verdict

IMAGE = np.zeros((1, 224, 224, 3), np.float32)
BACKENDS = ("cpu", "wasm")
BARS = {"webgl": 1e-4}
TOKENS = np.zeros((1, 128), np.int32)


def cases() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """A name, what to convert, and the arguments of `convert`."""
    digits = {"inputs": models.DIGITS}
    yield "CNN, pure JAX", models.pure_cnn, {**digits, "weights": models.pure_cnn_params()}
    linen = models.LinenCNN()
    yield "CNN, Linen", (linen, models.variables(linen, np.zeros((1, 28, 28, 1), np.float32))), digits
    yield "CNN, NNX", models.NnxCNN(rngs=nnx.Rngs(0)), digits
    resnet = models.ResNet18()
    weights = models.variables(resnet, IMAGE, train=False)
    yield "ResNet-18, 224 px", (resnet, weights), {"inputs": {"image": ("b", 224, 224, 3)}}
    encoder = models.Encoder()
    weights = models.variables(encoder, TOKENS, deterministic=True)
    yield "encoder, 4 layers", (encoder, weights), {"inputs": {"tokens": "int32[b,128]"}}


def main(backends: Sequence[str]) -> bool:
    """Prints the errors; true when all meet the bar."""
    met = []
    with tempfile.TemporaryDirectory() as directory:
        for name, model, arguments in cases():
            result = totfjs.convert(model, Path(directory) / "web", verify=backends, force=True, **arguments)
            for backend in backends:
                rows = [row for row in result.verification.rows if row.backend == backend]
                sizes = ", ".join(str(row.sizes["b"]) for row in rows)
                error = max(row.relative_error for row in rows if row.relative_error is not None)
                met.append(verdict(f"{name} on {backend}, batches {sizes}", error, BARS.get(backend, 1e-5)))
    return all(met)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:] or BACKENDS))
