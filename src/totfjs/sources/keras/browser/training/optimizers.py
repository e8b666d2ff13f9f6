"""Optimizers by the names and arguments of TensorFlow.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.sources.keras.browser.training.objects import named
from totfjs.weights.array import Array


@dataclass(frozen=True)
class Optimizer:
    """The `optimizer_config`; how Keras' variables of each weight are named, and what each is in TensorFlow.js.

    `slots` are (name in Keras, name in TensorFlow.js, factor) in the order in which TensorFlow.js lists them.
    """

    config: Mapping[str, Any]
    kind: str
    weights: tuple[tuple[str, Array], ...]
    slots: tuple[tuple[str, str, float], ...] = ()
    settable: bool = True


# Arguments with which an optimizer of Keras is none of TensorFlow.js, and the values with which it is.
_PLAIN: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys(("weight_decay", "clipnorm", "clipvalue", "global_clipnorm"), (None, 0, 0.0)),
    **dict.fromkeys(("use_ema", "amsgrad", "centered"), (False, None)),
    **dict.fromkeys(("loss_scale_factor", "gradient_accumulation_steps"), (None,)),
    "decay": (0, 0.0, None),
}


def optimizer_of(value: Any, weights: Sequence[tuple[str, Array]]) -> Optimizer | str:
    """The optimizer, or a sentence that says why TensorFlow.js has none like it."""
    kind, config = named(value)
    for key, plain in _PLAIN.items():
        if config.get(key) not in plain:
            return f"the optimizer has {key} {config[key]}, which TensorFlow.js lacks"
    rate = _rate(config, weights)
    if rate is None:
        return "TensorFlow.js lacks schedules of the learning rate"
    own = _OWN.get(kind.lower().removeprefix("legacy"))
    return (
        own(config, rate, tuple(weights))
        if own
        else f"TensorFlow.js lacks the optimizer {kind}, or computes it otherwise"
    )


def _rate(config: Mapping[str, Any], weights: Sequence[tuple[str, Array]]) -> float | None:
    """The learning rate, where it is a number: the one that was stored rather than the first one."""
    rate = config.get("learning_rate", config.get("lr", 0.001))
    if not isinstance(rate, int | float):
        return None
    stored = [array for name, array in weights if name.rpartition("/")[2].split(":")[0] == "learning_rate"]
    return float(stored[0].numpy()) if stored and stored[0].shape == () else float(rate)


def _sgd(config: Mapping[str, Any], rate: float, weights: tuple[tuple[str, Array], ...]) -> Optimizer:
    momentum = float(config.get("momentum") or 0.0)
    if momentum == 0:
        return Optimizer({"class_name": "SGD", "config": {"learning_rate": rate}}, "SGD", weights)
    own = {"learning_rate": rate, "momentum": momentum, "use_nesterov": bool(config.get("nesterov", False))}
    slots = (("momentum", "momentum", -1.0 / rate if rate else 0.0),)
    return Optimizer({"class_name": "Momentum", "config": own}, "Momentum", weights, slots)


def _adam(config: Mapping[str, Any], rate: float, weights: tuple[tuple[str, Array], ...]) -> Optimizer:
    own = {"learning_rate": rate, **_betas(config)}
    slots = (("momentum", "m", 1.0), ("velocity", "v", 1.0))
    return Optimizer({"class_name": "Adam", "config": own}, "Adam", weights, slots)


def _adamax(config: Mapping[str, Any], rate: float, weights: tuple[tuple[str, Array], ...]) -> Optimizer:
    own = {"learning_rate": rate, **_betas(config), "decay": 0.0}
    return Optimizer({"class_name": "Adamax", "config": own}, "Adamax", weights, settable=False)


def _betas(config: Mapping[str, Any]) -> dict[str, float]:
    defaults = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    return {key: float(config.get(key) or default) for key, default in defaults.items()}


def _rmsprop(config: Mapping[str, Any], rate: float, weights: tuple[tuple[str, Array], ...]) -> Optimizer:
    own = {
        "learning_rate": rate,
        "decay": float(config.get("rho", 0.9)),
        "momentum": float(config.get("momentum") or 0.0),
        "epsilon": float(config.get("epsilon") or 1e-7),
        "centered": False,
    }
    slots = (("velocity", "rms", 1.0), ("momentum", "momentum", 1.0))
    return Optimizer({"class_name": "RMSProp", "config": own}, "RMSProp", weights, slots)


def _adagrad(config: Mapping[str, Any], rate: float, weights: tuple[tuple[str, Array], ...]) -> Optimizer | str:
    if float(config.get("epsilon") or 1e-7) != 1e-7:
        return "TensorFlow.js has an epsilon of its own for Adagrad"
    own = {"learning_rate": rate, "initial_accumulator_value": float(config.get("initial_accumulator_value", 0.1))}
    return Optimizer(
        {"class_name": "Adagrad", "config": own}, "Adagrad", weights, (("accumulator", "accumulator", 1.0),)
    )


_OWN = {"sgd": _sgd, "adam": _adam, "adamax": _adamax, "rmsprop": _rmsprop, "adagrad": _adagrad}
