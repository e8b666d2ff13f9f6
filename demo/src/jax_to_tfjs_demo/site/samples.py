"""The pictures that the page offers to those who do not draw: of the test set, as they come."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from jax_to_tfjs_demo.data import Dataset

OF_EACH = 2


def samples(dataset: Dataset) -> dict[str, Any]:
    """The first two of each digit, which nobody chose, as samples.json holds them."""
    places = [np.flatnonzero(dataset.test_labels == digit)[:OF_EACH] for digit in range(10)]
    order = [int(found[turn]) for turn in range(OF_EACH) for found in places if len(found) > turn]
    images = [{"label": int(dataset.test_labels[at]), "pixels": _text(dataset.test_images[at])} for at in order]
    return {"name": dataset.name, "images": images}


def _text(image: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(image, np.uint8).tobytes()).decode("ascii")
