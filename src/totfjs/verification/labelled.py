"""A labelled dataset: which classes a model gives, how many are right, and which are confused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.types import DType, TensorType
from totfjs.verification.record import Accuracy
from totfjs.verification.round import Arrays


@dataclass(frozen=True)
class Labels:
    """The class of each example, and the output that says which one a model takes it for."""

    output: str
    classes: np.ndarray


def labels_for(outputs: Mapping[str, TensorType], labels: np.ndarray, examples: int) -> Labels:
    """The labels of examples, as classes or one-hot, and the only output that they may belong to."""
    fitting = [name for name, kind in outputs.items() if _classifies(kind)]
    if len(fitting) != 1:
        raise UsageError(
            f"Labels need one output with a class for each example; {len(fitting)} of {', '.join(outputs)} may be it.",
            remedy="Convert the model with that output alone, as in --outputs logits.",
        )
    if labels.dtype.kind not in "iubf" or labels.ndim not in (1, 2) or labels.shape[0] != examples:
        raise UsageError(
            f"The labels are {labels.dtype}{list(labels.shape)}, which are not {examples} classes.",
            remedy="Give the number of the class of each example, or a one-hot row.",
        )
    classes = labels.argmax(-1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.reshape(-1)
    whole = classes.astype(np.int64)
    if not np.array_equal(whole, classes) or whole.min(initial=0) < 0:
        raise UsageError("The labels are not all numbers of classes.", remedy="Give whole numbers from 0.")
    return Labels(fitting[0], whole)


def _classifies(kind: TensorType) -> bool:
    if kind.dtype is DType.FLOAT32:
        return kind.rank == 2
    return kind.dtype in (DType.INT32, DType.BOOL) and kind.rank in (1, 2)


def accuracy(labels: Labels, outputs: Mapping[str, Arrays], source: Arrays | None) -> Accuracy | None:
    """How each backend, and the source where it was asked, classifies the examples; None where nothing ran."""
    found = {} if source is None else {"source": _classes(source[labels.output])}
    found |= {backend: _classes(arrays[labels.output]) for backend, arrays in outputs.items()}
    if not found:
        return None
    ran = [backend for backend in found if backend != "source"]
    agreement = {name: _share(found[name], found["source"]) for name in ran} if "source" in found else {}
    share = {name: _share(classes, labels.classes) for name, classes in found.items()}
    confusion = {name: _confusion(labels.classes, classes) for name, classes in found.items()}
    apart = (
        {} if source is None else {name: _apart(outputs[name][labels.output], source[labels.output]) for name in ran}
    )
    return Accuracy(len(labels.classes), labels.output, share, agreement, confusion, apart)


def _classes(output: np.ndarray) -> np.ndarray:
    """The class of each example: the place of the largest entry, or of a single one whether it is more than even."""
    if output.dtype.kind != "f":
        return output.reshape(len(output), -1)[:, 0].astype(np.int64)
    if output.shape[-1] > 1:
        return np.argmax(output, axis=-1).astype(np.int64, copy=False)  # type: ignore[no-any-return]
    chances = output.min(initial=0.0) >= 0 and output.max(initial=0.0) <= 1
    return (output.reshape(-1) > (0.5 if chances else 0.0)).astype(np.int64)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """The largest error; infinite where a number is missing on one side alone."""
    wide, known = (np.asarray(array, np.float64) for array in (one, other))
    same = (wide == known) | (np.isnan(wide) & np.isnan(known))
    error = np.abs(np.subtract(wide, known, where=~same, out=np.zeros_like(wide)))
    return float(np.where(np.isnan(error), np.inf, error).max(initial=0.0))


def _share(one: np.ndarray, other: np.ndarray) -> float:
    return float((one == other).mean()) if one.size else 1.0


def _confusion(labels: np.ndarray, given: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """A row for each label, with how often each class was given to it."""
    count = int(max(labels.max(initial=0), given.max(initial=0))) + 1
    flat = np.bincount(labels * count + np.maximum(given, 0), minlength=count * count)
    return tuple(tuple(map(int, row)) for row in flat.reshape(count, count))


def most_confused(matrix: tuple[tuple[int, ...], ...], most: int = 5) -> Iterator[tuple[int, int, int]]:
    """The labels most often taken for other classes: label, class, and how often."""
    wrong = [
        (n, label, given) for label, row in enumerate(matrix) for given, n in enumerate(row) if n and given != label
    ]
    for count, label, given in sorted(wrong, key=lambda each: (-each[0], *each[1:]))[:most]:
        yield label, given, count
