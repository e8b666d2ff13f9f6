"""A dim that cannot be dynamic is named, with what to write instead: and what is advised works."""

from __future__ import annotations

import re
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

from tests import models
from totfjs.cli.arguments import parse_inputs
from totfjs.errors import TraceError
from totfjs.sources import jax as source


def _branch(x: jax.Array) -> jax.Array:
    return x[:, :4] if x.shape[1] > 3 else x


def _halves(x: jax.Array) -> jax.Array:
    return x.reshape(x.shape[0], 2, -1)


def _loop(x: jax.Array) -> jax.Array:
    return sum(x[:, index] for index in range(x.shape[1]))


class Skips(nn.Module):
    """Adds what was made smaller and larger again, which needs a multiple of four."""

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        x = nn.Conv(4, (3, 3), (2, 2))(nn.Conv(4, (3, 3), (2, 2))(image))
        return image + nn.ConvTranspose(1, (2, 2), (2, 2))(nn.ConvTranspose(4, (2, 2), (2, 2))(x))


def _table(x: jax.Array) -> jax.Array:
    return x + jnp.arange(12.0)[: x.shape[1]]


ADVICE = [
    (_table, {"x": "float32[b,t]"}, "dim t.", '"x:float32[b,t<=12]"'),
    (_branch, {"x": "float32[b,t]"}, "dim t.", '"x:float32[b,t>=4]"'),
    (_branch, {"x": "float32[b,t<=64]"}, "dim t.", '"x:float32[b,4<=t<=64]"'),
    (_halves, {"x": "float32[b,t]"}, "dim t.", '"x:float32[b,2*t]"'),
    (_loop, {"x": "float32[b,t]"}, "dim t.", '"x:float32[b,8]"'),
    (_loop, {"x": "int32[b,2*t+1]"}, "dim t.", '"x:int32[b,17]"'),
    (lambda x, y: x + y, {"x": ("b", "t"), "y": ("b", "s")}, "dims t and s.", '"y:float32[b,t]"'),
]


@pytest.mark.parametrize("function, inputs, which, advice", ADVICE)
def test_the_dim_and_the_spec_that_works_are_named(function: Any, inputs: Any, which: str, advice: str) -> None:
    with pytest.raises(TraceError) as caught:
        source.load(function, inputs=inputs)
    assert f"it is the dynamic {which}" in caught.value.what
    assert "test_advice.py:" in caught.value.place
    assert advice in caught.value.remedy
    specs = parse_inputs(re.findall('"(.*?)"', caught.value.remedy))
    source.load(function, inputs={**inputs, **(specs or {})})


def test_a_module_whose_own_variables_cannot_be_found_is_advised_too() -> None:
    weights = models.variables(Skips(), jnp.ones((1, 8, 8, 1)))
    with pytest.raises(TraceError, match="dims h and w") as caught:
        source.load((Skips(), weights), inputs={"image": ("b", "h", "w", 1)})
    assert '"image:float32[b,4*h,4*w,1]"' in caught.value.remedy


def test_a_broken_function_is_not_blamed_on_dims() -> None:
    def function(x: jax.Array) -> jax.Array:
        raise RuntimeError("out of order")

    with pytest.raises(TraceError) as caught:
        source.load(function, inputs={"x": ("b",)})
    assert "RuntimeError: out of order" in caught.value.what
    assert "dynamic" not in caught.value.what
