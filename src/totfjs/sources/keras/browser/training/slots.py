"""The variables of an optimizer in the order in which TensorFlow.js takes them: that of its own trained weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.browser.order import in_depth
from totfjs.sources.keras.browser.sketch import Drawn, Sketch
from totfjs.sources.keras.browser.training.optimizers import Optimizer
from totfjs.weights.array import Array, Deferred, Dense

_STORED = ("moving_mean", "moving_variance")


def slots(model: Model, sketch: Sketch, optimizer: Optimizer, notes: list[str]) -> tuple[tuple[str, Array], ...]:
    """The weights of the optimizer; none where it has none yet, or where they cannot be told apart."""
    given = [array for name, array in optimizer.weights if name.rpartition("/")[2].split(":")[0] != "learning_rate"]
    if len(optimizer.weights) < 1 or len(given) < 1:
        return ()
    steps, rest = _steps(optimizer, given)
    names = list(trained(sketch))
    places = _places(model, sketch)
    sizes = {name: array.size for name, array in _weights(sketch)}
    known = _kept(optimizer, len(places), rest) if model.generation >= 3 or _is_paired(optimizer) else None
    if known and any(
        [array.size for array in arrays] != [sizes[place] for place in places] for arrays in known.values()
    ):
        known = None
    if steps is None or known is None or not optimizer.settable or sorted(places) != sorted(names):
        notes.append("The optimizer starts anew in TensorFlow.js: its variables are not taken over.")
        return ()
    if not known:
        return ()
    found: list[tuple[str, Array]] = [("iter", Dense(np.asarray(steps, np.int32)))]
    for _, slot, factor in optimizer.slots:
        for name in names:
            array = known[slot][places.index(name)]
            shape = dict(_weights(sketch))[name].shape
            found.append((f"{name}/{slot}", _times(array, shape, factor)))
    return tuple(found)


def _is_paired(optimizer: Optimizer) -> bool:
    """Whether the variables are named as tf-keras names those of its later optimizers, whose order is Keras 3's."""
    names = [name for name, _ in optimizer.weights]
    return not names or names[0].startswith("iteration")


def _steps(optimizer: Optimizer, given: Sequence[Array]) -> tuple[int | None, list[Array]]:
    """How many steps were made, and the variables after that and after the learning rate."""
    first = given[0]
    if first.shape != () or first.dtype.kind not in "iu":
        return None, []
    rest = list(given[1:])
    if rest and rest[0].shape == () and rest[0].dtype.kind == "f" and len(given) == len(optimizer.weights):
        rest = rest[1:]  # archives number their variables: the second is the learning rate
    return int(first.numpy()), rest


def _kept(optimizer: Optimizer, count: int, rest: Sequence[Array]) -> dict[str, list[Array]] | None:
    """The variables of each slot; nothing where none are kept yet, None where they are not what they should be."""
    if not rest or optimizer.kind == "SGD":
        return {}
    own = [slot for _, slot, _ in optimizer.slots]
    if optimizer.kind == "RMSProp" and len(rest) == count:
        return {"rms": list(rest), "momentum": [Dense(np.zeros(array.shape, np.float32)) for array in rest]}
    if len(rest) != count * len(own):
        return None
    if optimizer.kind == "Adam":
        return {slot: list(rest[index :: len(own)]) for index, slot in enumerate(own)}
    return {slot: list(rest[index * count : (index + 1) * count]) for index, slot in enumerate(own)}


def _times(array: Array, shape: Sequence[int], factor: float) -> Array:
    if factor == 1.0:
        return array.reshape(shape)
    return Deferred(np.float32, tuple(shape), lambda: (array.numpy() * np.float32(factor)).reshape(shape),
                    ("times", factor, array.key))  # fmt: skip


def trained(sketch: Sketch) -> Iterator[str]:
    """The weights that TensorFlow.js trains, in its order."""
    for drawn in in_depth(sketch):
        if drawn.inner is not None:
            yield from trained(drawn.inner)
        yield from _trained(drawn)


def _trained(drawn: Drawn) -> Iterator[str]:
    if drawn.trainable:
        yield from (f"{drawn.name}/{name}" for name, _ in drawn.weights if name not in _STORED)


def _places(model: Model, sketch: Sketch) -> list[str]:
    """The same weights in the order of Keras: layer by layer as the model lists them."""
    parts: dict[str, list[Drawn]] = {}
    for (owner, _), name in sketch.parts.items():
        parts.setdefault(owner, []).append(sketch.layers[name])
    found: list[str] = []
    for layer in model.layers:
        for drawn in parts.get(layer.name, ()):
            if drawn.inner is not None and layer.model is not None:
                found += _places(layer.model, drawn.inner)
            found += _trained(drawn)
    return found


def _weights(sketch: Sketch) -> Iterator[tuple[str, Array]]:
    for _, group in sketch.weights():
        yield from group


__all__ = ["slots", "trained"]
