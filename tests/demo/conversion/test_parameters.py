from __future__ import annotations

import numpy as np

from jax_to_tfjs_demo.conversion.parameters import count, fingerprint, named

PARAMS = {"dense": {"kernel": np.ones((2, 3), np.float32), "bias": np.zeros(3, np.float32)}, "scale": np.float32(2)}


def test_arrays_have_paths_in_the_order_of_their_names() -> None:
    assert [path for path, _ in named(PARAMS)] == ["dense/bias", "dense/kernel", "scale"]
    assert count(PARAMS) == 10


def test_equal_parameters_have_an_equal_fingerprint_whatever_their_order() -> None:
    turned = {"scale": PARAMS["scale"], "dense": dict(reversed(PARAMS["dense"].items()))}
    assert fingerprint(turned) == fingerprint(PARAMS)


def test_other_values_names_or_shapes_have_another() -> None:
    kernel = PARAMS["dense"]["kernel"]
    others = [
        {**PARAMS, "scale": np.float32(2.0000002)},
        {"dense": PARAMS["dense"], "factor": PARAMS["scale"]},
        {**PARAMS, "dense": {**PARAMS["dense"], "kernel": kernel.reshape(3, 2)}},
        {**PARAMS, "dense": {**PARAMS["dense"], "kernel": kernel.astype(np.float64)}},
    ]
    assert len({fingerprint(each) for each in [PARAMS, *others]}) == 5
