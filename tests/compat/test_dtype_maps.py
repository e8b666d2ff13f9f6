"""The old package's ways of saying what is quantized."""

from __future__ import annotations

from typing import Any

import pytest

from totfjs.compat.dtype_maps import quantization


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ({}, None),
        ({"uint8": True}, ["uint8"]),
        ({"uint8": "*"}, ["uint8"]),
        ({"uint8": ["*"], "float16": "a*"}, ["uint8", "float16:a*"]),
        ({"uint8": 1, "float16": False}, ["uint8"]),
        ({"float16": "*/bias", "uint8": ["a", "b"]}, ["float16:*/bias", "uint8:a", "uint8:b"]),
    ],
)
def test_dtypes_of_patterns_become_patterns_of_dtypes(given: Any, expected: Any) -> None:
    assert quantization(given) == expected
