from __future__ import annotations

import pytest

from jax_to_tfjs_demo.verification.bars import Counts, bar, failures


@pytest.mark.parametrize(
    ("quantization", "right", "different", "wrong"),
    [
        ("none", 9900, 0, ""), ("none", 9900, 1, "1 of 10,000 predictions differ"),
        ("uint16", 9900, 0, ""), ("uint16", 9901, 1, "predictions differ"),
        ("float16", 9899, 1, ""), ("float16", 9900, 2, "2 of 10,000 predictions differ from those in JAX; 1 may"),
        ("uint8", 9890, 40, ""), ("uint8", 9889, 11, "11 of 10,000 images fewer are right than in JAX; 10 may be"),
    ],
)  # fmt: skip
def test_each_has_its_bar(quantization: str, right: int, different: int, wrong: str) -> None:
    found = list(failures(quantization, Counts(10_000, 9900, right, different)))
    assert len(found) == (1 if wrong else 0)
    assert wrong in "".join(found)
    assert bar(quantization)


def test_of_few_images_uint8_may_cost_one() -> None:
    assert not list(failures("uint8", Counts(96, 50, 49, 1)))
    assert list(failures("uint8", Counts(96, 50, 48, 2)))
