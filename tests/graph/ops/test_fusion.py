from __future__ import annotations

import numpy as np
import pytest

from totfjs.graph.ops.fusion import finish

X = np.array([-8.0, -1.0, 0.0, 3.0, 9.0], np.float32)


@pytest.mark.parametrize(
    ("fused_ops", "args", "expected"),
    [
        ((), (), X),
        (("BiasAdd",), (1,), X + 1),
        (("BiasAdd", "Relu"), (1,), [0, 0, 1, 4, 10]),
        (("BiasAdd", "Relu6"), (1,), [0, 0, 1, 4, 6]),
        (("BiasAdd", "LeakyRelu"), (1,), [-3.5, 0, 1, 4, 10]),
        (("BiasAdd", "Prelu"), (1, 2), [-14, 0, 1, 4, 10]),
        (("BiasAdd", "Elu"), (1,), [np.expm1(-7), 0, 1, 4, 10]),
        (("BiasAdd", "Sigmoid"), (1,), 1 / (1 + np.exp(-(X + 1)))),
    ],
)
def test_a_fused_op_is_the_composition_of_its_parts(
    fused_ops: tuple[str, ...], args: tuple[float, ...], expected: np.ndarray
) -> None:
    found = finish(X, [np.float32(arg) for arg in args], fused_ops, 0.5)
    np.testing.assert_allclose(found, np.asarray(expected, np.float32), rtol=1e-6)
    assert found.dtype == np.float32
