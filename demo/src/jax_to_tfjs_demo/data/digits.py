"""The handwritten digits that come with scikit-learn, brought to MNIST's form, for when MNIST cannot be had."""

from __future__ import annotations

import numpy as np

from jax_to_tfjs_demo.data.dataset import Dataset

SIDE, BOX = 28, 20
TRAINING_OF_EACH = 150
NOTE = (
    "These are the 1,797 handwritten digits of scikit-learn, enlarged from 8 × 8: they stand in for MNIST. "
    "An accuracy measured on them is not MNIST's."
)


def read() -> Dataset:
    """The first 150 of each digit for training, the other 297 for scoring; always the same."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    images = np.stack([as_mnist(image) for image in small.reshape(-1, 8, 8) / 16])
    training = _first_of_each(labels)
    return Dataset(
        name="digits",
        train_images=images[training],
        train_labels=labels[training].astype(np.uint8),
        test_images=images[~training],
        test_labels=labels[~training].astype(np.uint8),
        classes=tuple("0123456789"),
        note=NOTE,
    )


def as_mnist(image: np.ndarray) -> np.ndarray:
    """A picture from 0 to 1 as MNIST has its own: in a box of 20 × 20, its centre of mass in the middle of 28 × 28."""
    inked = _cropped(image)
    scale = BOX / max(inked.shape)
    height, width = (max(1, round(side * scale)) for side in inked.shape)
    large = np.einsum("yh,hw,xw->yx", _enlarging(inked.shape[0], height), inked, _enlarging(inked.shape[1], width))
    return np.round(255 * _centred(_contrasted(large))).astype(np.uint8)


def _first_of_each(labels: np.ndarray) -> np.ndarray:
    chosen = np.zeros(len(labels), bool)
    for digit in range(10):
        chosen[np.flatnonzero(labels == digit)[:TRAINING_OF_EACH]] = True
    return chosen


def _cropped(image: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _enlarging(small: int, large: int) -> np.ndarray:
    """The matrix that interpolates linearly between the middles of the pixels."""
    places = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    weights: np.ndarray = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(small)))
    return weights


def _contrasted(image: np.ndarray) -> np.ndarray:
    """MNIST's strokes are nearly white with thin grey edges; enlarging leaves them soft."""
    return np.clip((image - 0.42) / 0.3, 0, 1)


def _centred(image: np.ndarray) -> np.ndarray:
    height, width = image.shape
    mass = max(image.sum(), 1e-9)
    middle = (SIDE - 1) / 2
    top = round(middle - float((image.sum(axis=1) * np.arange(height)).sum() / mass))
    left = round(middle - float((image.sum(axis=0) * np.arange(width)).sum() / mass))
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    field = np.zeros((SIDE, SIDE))
    field[top : top + height, left : left + width] = image
    return field
