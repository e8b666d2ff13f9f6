"""JAX's own harness suite: its cases, their inputs, and what becomes of one of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from compare import CARRIED, TOLERANCE, apart, difference, together
from exact import nearer

from totfjs.conversion import model_json
from totfjs.errors import EngineError, TotfjsError
from totfjs.graph.encode import distinct, weights
from totfjs.graph.graph import Graph
from totfjs.graph.validate import check_legal
from totfjs.passes import optimize
from totfjs.sources import jax as source

# Groups whose results are sums of products: errors are relative to the largest element. So are those of lgamma, which
# JAX itself computes as a sum of larger terms that cancel.
SUMS = frozenset((
    "dot_general", "conv_general_dilated", "fft", "reduce", "reduce_sum", "reduce_window_add", "reduce_window_mul",
    "select_and_scatter_add", "scatter_add", "cumsum", "cumprod", "cumlogsumexp", "cholesky", "qr", "lu", "eigh",
    "eig", "svd", "triangular_solve", "tridiagonal_solve", "custom_linear_solve", "lgamma",
))  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a case on one backend, and why if it is not right."""

    kind: str
    reason: str = ""


@cache
def suite() -> dict[str, Any]:
    """Every case by its name."""
    from jax._src.internal_test_util import test_harnesses

    return {harness.fullname: harness for harness in test_harnesses.all_harnesses}


def carries(harness: Any) -> bool:
    """Whether a browser has a dtype, or one that holds it exactly, for what a case is about."""
    named = [harness.dtype, harness.params.get("new_dtype"), harness.params.get("preferred_element_type")]
    return all(np.dtype(dtype).name in CARRIED for dtype in named if dtype is not None)


def arguments(harness: Any) -> list[np.ndarray]:
    """The inputs: random, and the same each time."""
    random = np.random.RandomState(zlib.crc32(harness.fullname.encode()))
    return [_canonical(argument) for argument in harness.dyn_args_maker(random)]


def run(name: str, backends: Sequence[str], engine: Any) -> dict[str, Outcome]:
    """The outcome of a case on each backend."""
    harness = suite()[name]
    if not harness.filter("cpu"):
        return dict.fromkeys(backends, Outcome("n/a", "JAX does not implement it on CPU"))
    inputs = arguments(harness)
    try:
        expected = _expected(harness, inputs)
    except Exception as error:
        return dict.fromkeys(backends, Outcome("n/a", f"JAX: {_line(error)}"))
    return {backend: _outcome(harness, inputs, expected, backend, engine) for backend in backends}


def _expected(harness: Any, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    import jax

    with jax.default_device(jax.devices("cpu")[0]):
        results = jax.tree.leaves(jax.jit(harness.dyn_fun)(*map(jax.numpy.asarray, inputs)))
    return [np.asarray(jax.random.key_data(x) if _is_key(x) else x) for x in results]


def _outcome(
    harness: Any, inputs: Sequence[np.ndarray], expected: list[np.ndarray], backend: str, engine: Any
) -> Outcome:
    try:
        graph, notes = convert(harness, inputs, backend)
        fed = {name: part for index, x in enumerate(inputs) for name, part in apart(f"x{index}", x)}
        actual = execute(engine, graph, fed, backend)
    except EngineError as error:
        return Outcome("error", _line(error))
    except TotfjsError as error:
        return Outcome("refused", _line(error))
    except Exception as error:
        return Outcome("error", f"{type(error).__name__}: {_line(error)}")
    if len(actual) != len(expected):
        return Outcome("wrong", f"{len(actual)} outputs where JAX has {len(expected)}")
    by_scale = harness.group_name in SUMS
    if len(actual) == len(expected):
        actual, expected = (_settled(harness, inputs, results) for results in (actual, expected))
    for index, (found, wanted) in enumerate(zip(actual, expected, strict=True)):
        text = difference(found, nearer(harness, inputs, found, wanted), TOLERANCE, by_scale)
        if text:
            said = next((note for note in notes if note.startswith(f"{harness.group_name} ")), "")
            return Outcome("noted", said) if said else Outcome("wrong", f"output {index}: {text}")
    return Outcome("right")


def _settled(harness: Any, inputs: Sequence[np.ndarray], results: list[np.ndarray]) -> list[np.ndarray]:
    """Results of which JAX leaves something open, such as the order of equals, in a form that does not depend on it."""
    if harness.group_name == "approx_top_k":
        return [results[0], np.take_along_axis(inputs[0], results[1].astype(np.int64), -1).astype(np.float32)]
    if harness.group_name == "sort" and not harness.params["is_stable"] and results[0].ndim == 1:
        places = np.lexsort(results[::-1])
        return [array[places] for array in results]
    if harness.group_name in ("svd", "eigh") and len(results) > 1 and results[0].dtype in (np.float32, np.complex64):
        return _without_phases(results)
    return results


def _without_phases(results: list[np.ndarray]) -> list[np.ndarray]:
    """Values, and of vectors, whose signs or phases are open, what they make together and that they are orthonormal."""
    values = min(results, key=np.ndim)
    vectors = [array for array in results if array is not values]
    count = values.shape[-1]
    left, right = vectors[0], vectors[1] if len(vectors) > 1 else _adjoint(vectors[0])
    made = (left[..., :count] * values[..., None, :]) @ right[..., :count, :]
    return [values, made, _adjoint(left) @ left, right @ _adjoint(right)]


def _adjoint(x: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(x, -1, -2))


def convert(harness: Any, inputs: Sequence[np.ndarray], backend: str) -> tuple[Graph, Sequence[str]]:
    """The graph that `convert` would write for a case, and what it would say to the user."""
    import jax

    described = {f"x{index}": jax.ShapeDtypeStruct(x.shape, x.dtype) for index, x in enumerate(inputs)}

    def function(*values: Any) -> Any:
        return harness.dyn_fun(*values[: len(inputs)])

    # A model has at least one input; a case without any gets one that it does not read.
    model = source.load(function, inputs=described or {"unused": "float32[1]"})
    graph = distinct(optimize(model.graph(("cpu", backend) if backend != "cpu" else ("cpu",))))
    check_legal(graph)
    return graph, model.notes


def execute(engine: Any, graph: Graph, inputs: dict[str, np.ndarray], backend: str) -> list[np.ndarray]:
    """The outputs of a graph in TensorFlow.js."""
    arrays = {name: array.numpy() for name, array in weights(graph)}
    entries = [{"name": name, "shape": list(a.shape), "dtype": a.dtype.name} for name, a in arrays.items()]
    model = {**model_json(graph), "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}]}
    fed = {name: _fed(graph, name, inputs.get(name)) for name in graph.inputs}
    with engine.load(model, [b"".join(a.tobytes() for a in arrays.values())], backend=backend) as session:
        found = session.execute(fed)
    return together({name: found[name] for name in graph.outputs})


def _fed(graph: Graph, name: str, array: np.ndarray | None) -> np.ndarray:
    kind = graph.type(graph.inputs[name])
    if array is None:
        return np.zeros([int(size) for size in kind.shape if isinstance(size, int)], kind.dtype.numpy)
    return array.view(np.int32) if array.dtype == np.uint32 else array.astype(kind.dtype.numpy)


def _canonical(argument: Any) -> np.ndarray:
    import jax

    return np.asarray(jax.numpy.asarray(argument))


def _is_key(value: Any) -> bool:
    import jax

    return bool(jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key))


def _line(error: Exception) -> str:
    """The message of an error in one line, without what to do about it."""
    text = getattr(error, "what", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:400]
