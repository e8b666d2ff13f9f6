"""Images with labels, as their files hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Pictures of 28 × 28 bytes and what they show, for training and for scoring."""

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: tuple[str, ...]
    # what the user should know, such as that it stands in for another
    note: str | None = None

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {len(self.train_images)} for training, {len(self.test_images)} for scoring)"


def scaled(images: np.ndarray) -> np.ndarray:
    """Bytes as the models take them: float32 from 0 to 1, with one channel."""
    return (np.asarray(images, np.float32) / np.float32(255))[..., None]
