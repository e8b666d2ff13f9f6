"""Initialisers and regularisers in the words of tfjs-layers."""

from __future__ import annotations

from typing import Any

import pytest

from totfjs.sources.keras.browser.values import initializer, regularizer, unstarted


def named(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": name, "config": config}


@pytest.mark.parametrize(("value", "said"), [
    (named("LecunNormal", seed=None), named("LeCunNormal")),
    (named("OrthogonalInitializer", gain=2.0, seed=3), named("Orthogonal", gain=2.0, seed=3)),
    (named("GlorotUniform", seed=1, input_axes=None), named("GlorotUniform", seed=1)),
    (named("VarianceScaling", scale=2.0, mode="fan_in", distribution="untruncated_normal"),
     named("VarianceScaling", scale=2.0, mode="fan_in", distribution="normal")),
    (named("Constant", value=[1, 2]), named("Zeros")),
    (named("own>Mine"), named("Zeros")),
    ("he_normal", named("HeNormal")),
    ("zeros", named("Zeros")),
    (None, named("Zeros")),
])  # fmt: skip
def test_an_initialiser_has_the_name_of_tfjs_layers(value: Any, said: dict[str, Any]) -> None:
    assert initializer(value) == said


@pytest.mark.parametrize(("value", "l1", "l2"), [
    (named("L2", l2=0.5), 0.0, 0.5),
    (named("L1", l1=0.25), 0.25, 0.0),
    (named("L1L2", l1=0.1, l2=0.2), 0.1, 0.2),
    ("l2", 0.0, 0.01),
])  # fmt: skip
def test_regularisers_are_of_one_class(value: Any, l1: float, l2: float) -> None:
    assert regularizer(value) == (named("L1L2", l1=l1, l2=l2), True)


def test_a_regulariser_that_tfjs_layers_lacks_is_told() -> None:
    assert regularizer(named("OrthogonalRegularizer", factor=0.1)) == (None, False)
    assert regularizer(None) == (None, True)


def test_inner_layers_do_not_begin_with_what_takes_long() -> None:
    config = {
        "layers": [{"config": {"recurrent_initializer": named("Orthogonal"), "kernel_initializer": named("Ones")}}]
    }
    inner = unstarted(config)["layers"][0]["config"]
    assert inner == {"recurrent_initializer": named("Zeros"), "kernel_initializer": named("Ones")}
