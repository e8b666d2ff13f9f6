"""What conversion costs the trained models of the demo: all 10,000 test images of MNIST in real TensorFlow.js.

    python -m benchmarks.demo.converted_accuracy FOLDER [--models jax flax nnx keras] [--seeds 0 1 2] [--backends wasm]

FOLDER is that of `benchmarks.demo.accuracy`. The bars are those of `app verify`: for float32 and uint16 all predictions
are those of the source, for float16 at most one is another, and uint8 costs at most 0.1 point of accuracy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from benchmarks.demo.accuracy import MODELS

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.params import load_params
from jax_to_tfjs_demo.conversion import Origin, count, fingerprint
from jax_to_tfjs_demo.data import Dataset, load
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.verification import Comparison, compared


def measured(directory: Path, dataset: Dataset, backends: str) -> Iterator[Comparison]:
    """The latest checkpoint in a directory, its weights stored in each way."""
    model, step = find(directory.name), max(disk.steps(directory))
    params, _ = load_params(directory / str(step))
    origin = Origin(
        model=model.name,
        framework=model.framework,
        checkpoint=str(directory),
        step=step,
        accuracy=None,
        quantization="none",
        data=dataset.name,
        parameters=count(params),
        fingerprint=fingerprint(params),
    )
    return compared(model, params, origin, dataset, backends=backends, report=lambda _: lambda *_: None)


def told(found: Comparison) -> Iterator[str]:
    """A line for each backend, and one for each bar that is missed."""
    for score in found.scores:
        yield (
            f"{found.quantization} on {score.backend}: {score.accuracy:.2%} beside {found.source:.2%}, "
            f"{score.different} predictions differ, largest error {score.max_abs_error:.1e}"
        )
    yield from found.failures


def main(words: list[str]) -> int:
    """Compares every model from every seed, and prints what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--backends", default="wasm")
    arguments = parser.parse_args(words)
    dataset, passed = load("mnist", log=print), []
    for name, seed in product(arguments.models, arguments.seeds):
        directory = arguments.folder / "plain" / str(seed) / find(name).name
        for found in measured(directory, dataset, arguments.backends):
            passed.append(found.passed)
            for line in told(found):
                print(f"{'met   ' if found.passed else 'MISSED'}  {name}, seed {seed}, {line}", flush=True)
    print(f"{sum(passed)} of {len(passed)} met")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
