"""Test accuracy of the demo's models, each trained with the defaults from several seeds, on all 10,000 images of MNIST.

    python -m benchmarks.demo.accuracy [--models jax flax nnx keras] [--seeds 0 1 2] [--augment] [--folder FOLDER]

The accuracy is that after the last epoch, not the best. A training that was broken off goes on when FOLDER is given
again.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from jax_to_tfjs_demo.data import Dataset, load
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.run import train
from jax_to_tfjs_demo.training.settings import Settings

MODELS = ("jax", "flax", "nnx", "keras")
# in wrong images of 10,000, which no rounding touches
ALLOWED, ALLOWED_AUGMENTED = 110, 60


def measured(short: str, settings: Settings, dataset: Dataset, folder: Path) -> bool:
    """Trains a model, prints what it comes to, and says whether that is enough."""
    model = find(short)
    kind = "augment" if settings.augment else "plain"
    outcome = train(model, settings, dataset, folder / kind / str(settings.seed) / model.name)
    last, count = outcome.last, len(dataset.test_labels)
    wrong = round((1 - last.accuracy) * count)
    allowed = ALLOWED_AUGMENTED if settings.augment else ALLOWED
    met = wrong * 10_000 <= allowed * count
    print(
        f"{'met   ' if met else 'MISSED'}  {model.name}, seed {settings.seed}, {kind}: {1 - wrong / count:.2%} after "
        f"{last.epoch} epochs (bar {1 - allowed / 10_000:.2%}), best {outcome.best.accuracy:.2%}, "
        f"{last.images_per_second:.0f} images/s",
        flush=True,
    )
    return met


def main(words: list[str]) -> int:
    """Trains every model from every seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--augment", action="store_true", help="with varied images and their schedule")
    parser.add_argument("--epochs", type=int, help="how many epochs, instead of the default")
    parser.add_argument("--data", default="mnist", help="another data set, to try this script")
    parser.add_argument("--folder", type=Path, help="where checkpoints are kept, instead of nowhere")
    arguments = parser.parse_args(words)
    dataset = load(arguments.data, log=print)
    if dataset.name != arguments.data:
        raise SystemExit(f"The bars are those of {arguments.data}, which could not be had.")
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(TemporaryDirectory()))
        met = [
            measured(
                model,
                Settings.of(augment=arguments.augment, seed=seed, data=dataset.name, epochs=arguments.epochs),
                dataset,
                folder,
            )
            for model in arguments.models
            for seed in arguments.seeds
        ]
    print(f"{sum(met)} of {len(met)} met")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
