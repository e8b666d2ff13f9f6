"""The ways to store weights, and how large a web model becomes by each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jax_to_tfjs_demo.conversion import parameters

# What `model.json` of these networks takes beside the weights: the graph, the manifest, and where the model came from.
DOCUMENT = 7_000


@dataclass(frozen=True)
class Quantization:
    """A way to store weights: its word on the command line, the bytes of a number, and what it does to the model."""

    name: str
    width: int
    effect: str

    @property
    def argument(self) -> str | None:
        """What `totfjs.convert` takes as `quantize`."""
        return None if self.name == "none" else self.name

    def size(self, params: Mapping[str, Any]) -> int:
        """About how many bytes the web model of these parameters takes."""
        return self.width * parameters.count(params) + DOCUMENT


QUANTIZATIONS = (
    Quantization("none", 4, "weights as they were trained"),
    Quantization("uint16", 2, "the same predictions in half the bytes"),
    Quantization("float16", 2, "half the bytes; any one prediction may differ"),
    Quantization("uint8", 1, "a quarter of the bytes, for a tenth of a point of accuracy at most"),
)
NAMES = tuple(each.name for each in QUANTIZATIONS)


def quantization(name: str) -> Quantization:
    """The one of that name, which has to be one of `NAMES`."""
    return QUANTIZATIONS[NAMES.index(name)]
