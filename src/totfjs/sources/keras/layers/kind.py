"""What is known of a class of layers: its variables, the layers it holds, what it computes, what it does with masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from totfjs.sources.keras.architecture import Layer

if TYPE_CHECKING:
    from totfjs.sources.keras.use import Use

# What a rule returns: a Tensor, lists, tuples or dicts of them, or Flows where it decides about masks itself.
Rule: TypeAlias = "Callable[[Use], Any]"


@dataclass(frozen=True)
class Variable:
    """A weight: its name in Keras 3, and other names that files give it.

    `key` is its place below the layer in an archive where that is not `vars/N`; `optional` ones may be missing.
    """

    name: str
    trained: bool = True
    also: tuple[str, ...] = ()
    key: str = ""
    optional: bool = False


def weights(*names: str) -> tuple[Variable, ...]:
    """Variables that are trained."""
    return tuple(Variable(name) for name in names)


def _none(_: Layer) -> tuple[Variable, ...]:
    return ()


def _nobody(_: Layer) -> Mapping[str, Layer]:
    return {}


@dataclass(frozen=True)
class Kind:
    """A class of layers.

    `masks` says whether the mask of the first argument goes on with the result; rules that return Flows decide
    themselves. `variables` are in the order in which Keras makes them, trained ones first.
    """

    lower: Rule
    variables: Callable[[Layer], Sequence[Variable]] = _none
    children: Callable[[Layer], Mapping[str, Layer]] = _nobody
    masks: bool = False
