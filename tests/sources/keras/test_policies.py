"""Dtypes that layers compute in."""

from __future__ import annotations

from typing import Any

import pytest

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.policies import other_floats, quantised


def _policy(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


MIXED = _policy("DTypePolicy", name="mixed_float16")
INT8 = _policy("QuantizedDTypePolicy", mode="int8", source_name="float32")


@pytest.mark.parametrize(
    ("written", "halves", "quantisation"),
    [
        ("float32", None, None),
        (None, None, None),
        ("int64", None, None),
        ("mixed_bfloat16", "mixed_bfloat16", None),
        ("float64", "float64", None),
        (MIXED, "mixed_float16", None),
        (_policy("Policy", name="float16"), "float16", None),
        (INT8, None, "int8"),
        (_policy("Int4DTypePolicy", mode="int4/128", source_name="float32"), None, "int4/128"),
        ("float8_from_float32", None, "float8"),
        (_policy("DTypePolicyMap", default_policy="float32", policy_map={"a": INT8}), None, "int8"),
        (_policy("DTypePolicyMap", default_policy=MIXED, policy_map={}), "mixed_float16", None),
    ],
)
def test_a_policy_is_read_in_every_form(written: Any, halves: str | None, quantisation: str | None) -> None:
    layer = Layer("Dense", "dense", {"dtype": written})
    assert (other_floats(layer), quantised(layer)) == (halves, quantisation)
