"""The source in JAX and its web model in real TensorFlow.js, on all test images of a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jax_to_tfjs_demo.conversion import INPUTS
from jax_to_tfjs_demo.data import Dataset, scaled
from jax_to_tfjs_demo.models import Model, Params
from jax_to_tfjs_demo.verification.bars import Counts, bar, failures
from jax_to_tfjs_demo.verification.sizes import Sizes, sizes_of

if TYPE_CHECKING:
    from totfjs import Verification

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Score:
    """What a backend gave: accuracy, images classified otherwise than in JAX, largest error, time of one image."""

    backend: str
    accuracy: float
    different: int
    max_abs_error: float
    milliseconds: float | None


@dataclass(frozen=True)
class Comparison:
    """A web model beside its source. `failures` say what it does not reach; `proof` is what totfjs found."""

    directory: str
    quantization: str
    data: str
    images: int
    source: float
    scores: tuple[Score, ...]
    sizes: Sizes
    seconds: float
    failures: tuple[str, ...]
    not_run: Mapping[str, str]
    proof: Verification = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether the bars are reached on every backend that ran, which has to be one at least."""
        return bool(self.scores) and not self.failures

    def json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        plain = {name: value for name, value in vars(self).items() if name not in ("proof", "scores", "sizes")}
        return {
            **plain,
            "passed": self.passed,
            "bar": bar(self.quantization),
            "scores": [asdict(score) for score in self.scores],
            "sizes": asdict(self.sizes),
            "failures": list(self.failures),
            "not_run": dict(self.not_run),
        }


def compare(
    directory: str | Path,
    model: Model,
    params: Params,
    dataset: Dataset,
    *,
    quantization: str = "none",
    backends: str | Sequence[str] = ("wasm",),
    report: Report | None = None,
) -> Comparison:
    """Runs all test images through `model.logits` in JAX and through the web model on each backend."""
    import totfjs

    begun = time.monotonic()
    proof = totfjs.verify(
        directory,
        lambda image: {"logits": model.logits(params, image)},
        inputs=INPUTS,
        labelled={"image": scaled(dataset.test_images), "labels": dataset.test_labels},
        backends=backends,
        progress=report,
    )
    accuracy, images = proof.accuracy, len(dataset.test_images)
    ran = [name for name in accuracy.share if name != "source"] if accuracy else []
    scores = tuple(_score(proof, name, images) for name in ran)
    source = accuracy.share["source"] if accuracy else 0.0
    missed = [line for score in scores for line in _missed(score, quantization, source, images)]
    return Comparison(
        str(directory), quantization, dataset.name, images, source, scores, sizes_of(directory),
        time.monotonic() - begun, (*missed, *_disproved(proof)), proof.not_run, proof,
    )  # fmt: skip


def _score(proof: Verification, backend: str, images: int) -> Score:
    accuracy = proof.accuracy
    if accuracy is None:
        raise ValueError("nothing was counted")
    different = round((1 - accuracy.agreement[backend]) * images)
    timing = proof.timing.get(backend)
    milliseconds = None if timing is None else timing.median
    return Score(backend, accuracy.share[backend], different, accuracy.max_abs_error[backend], milliseconds)


def _missed(score: Score, quantization: str, source: float, images: int) -> list[str]:
    counts = Counts(images, round(source * images), round(score.accuracy * images), score.different)
    return [f"{score.backend}: {line}" for line in failures(quantization, counts)]


def _disproved(proof: Verification) -> list[str]:
    """What totfjs found wrong by itself: numbers that neither float32 nor the stored weights explain."""
    lines = [f"{row.backend}: {row.output} {row.reason}" for row in proof.failures]
    if proof.unexplained:
        lines.append("the outputs are further from those in JAX than rounding of the weights explains")
    return lines
