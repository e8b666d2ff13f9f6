"""Random numbers that a seed decides: constants, which are computed as TensorFlow computes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow import philox
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# The algorithms that an operand names: Philox, and what the device likes best, which is Philox too.
_PHILOX, _ANY = 1, 3
# More numbers than this would make the model large.
_MOST = 1 << 24
Draw = Callable[..., np.ndarray]


def _key_and_counter(use: Use) -> Sequence[Operand]:
    key, counter = philox.key_and_counter(_seed(use, 0))
    return [np.array([key], np.uint64), np.array(counter, np.uint64)]


def _algorithm(use: Use) -> Operand:
    return np.array(_ANY, np.int32)


def _all_three(use: Use) -> Sequence[Operand]:
    return [*_key_and_counter(use), _algorithm(use)]


def _seed(use: Use, index: int) -> tuple[int, int]:
    first, second = use.integers(index, "its seed")
    return first, second


def _from_seed(draw: Draw) -> Op:
    """The first version: shape, seed."""
    return Op(lambda use: draw(use, *philox.key_and_counter(_seed(use, 1)), 2), integers=True)


def _from_key(draw: Draw) -> Op:
    """The second version: shape, key, counter, algorithm."""

    def rule(use: Use) -> Operand:
        (key,), counter = use.integers(1, "its key"), use.integers(2, "its counter")
        if use.integer(3, "its algorithm") not in (_PHILOX, _ANY):
            raise OpError("it draws by the algorithm ThreeFry, which TensorFlow has on no CPU")
        return draw(use, key, (counter[0], counter[1]), 4)

    return Op(rule, integers=True)


def _shape(use: Use) -> tuple[int, ...]:
    sizes = tuple(use.integers(0, "its shape"))
    if np.prod([float(size) for size in sizes]) > _MOST:
        raise OpError(f"more than {_MOST} random numbers would be written into the model")
    return sizes


def _uniform(use: Use, key: int, counter: Any, rest: int) -> np.ndarray:
    return philox.uniform(key, counter, _shape(use), _float(use))


def _normal(use: Use, key: int, counter: Any, rest: int) -> np.ndarray:
    _check_single(use)
    return philox.normal(key, counter, _shape(use))


def _truncated(use: Use, key: int, counter: Any, rest: int) -> np.ndarray:
    _check_single(use)
    return philox.truncated_normal(key, counter, _shape(use))


def _full(use: Use, key: int, counter: Any, rest: int) -> np.ndarray:
    dtype = numpy_dtype(use.text("dtype", "uint64"))
    return philox.integers(key, counter, _shape(use), dtype).astype(dtype)


def _between(use: Use, key: int, counter: Any, rest: int) -> np.ndarray:
    """The rest of a division: what is above the least is without a sign, and wraps."""
    dtype = numpy_dtype(use.text("dtype", "int32"))
    low, high = (use.integer(at, "a bound of its numbers") for at in (rest, rest + 1))
    if low >= high:
        raise OpError(f"it draws from {low} up to {high}, between which there is nothing")
    drawn = philox.integers(key, counter, _shape(use), dtype)
    unsigned = drawn.dtype.type
    above = drawn % unsigned(high - low)
    return np.asarray(above + unsigned(low % 2 ** (8 * dtype.itemsize))).astype(dtype)


def _float(use: Use) -> str:
    return use.text("dtype", "float32")


def _check_single(use: Use) -> None:
    if _float(use) != "float32":
        raise OpError(f"totfjs draws no normal numbers of {_float(use)}")


_DRAWS: dict[str, Draw] = {
    "StatelessRandomUniform": _uniform,
    "StatelessRandomNormal": _normal,
    "StatelessTruncatedNormal": _truncated,
    "StatelessRandomUniformInt": _between,
    "StatelessRandomUniformFullInt": _full,
}
OPS: dict[str, Row] = {
    **{name: _from_seed(draw) for name, draw in _DRAWS.items()},
    **{f"{name}V2": _from_key(draw) for name, draw in _DRAWS.items()},
    "StatelessRandomGetKeyCounter": Op(_key_and_counter, ("key", "counter"), integers=True),
    "StatelessRandomGetAlg": Op(_algorithm),
    "StatelessRandomGetKeyCounterAlg": Op(_all_three, ("key", "counter", "alg"), integers=True),
}
