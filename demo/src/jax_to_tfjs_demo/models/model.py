"""What training, conversion and verification know of a model, whatever framework it is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import jax

# A nested dict of arrays.
Params: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A classifier of images of 28 × 28 as pure functions of its parameters.

    `logits` takes float32 images [n, 28, 28, 1] from 0 to 1 and gives [n, 10]. `web` gives what `totfjs.convert` takes:
    its input is called `image`, its output `logits`.
    """

    name: str
    short: str
    framework: str
    init: Callable[[int], Params] = field(repr=False)
    logits: Callable[[Params, jax.Array], jax.Array] = field(repr=False)
    web: Callable[[Params], Any] = field(repr=False)
