"""What stands for its content, means nothing on one device, or cannot run in a web model."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental import io_callback
from jax.sharding import Mesh, PartitionSpec

from tests.sources.jax.harness import RUN_ON, Case, case, check
from tests.sources.jax.versions import new_ref, shard_map
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

f32 = np.float32


@jax.custom_jvp
def own_jvp(x: Any) -> Any:
    return jnp.sin(x)


own_jvp.defjvp(lambda primals, tangents: (own_jvp(primals[0]), tangents[0]))


@jax.custom_vjp
def own_vjp(x: Any) -> Any:
    return jnp.cos(x)


own_vjp.defvjp(lambda x: (own_vjp(x), x), lambda x, g: (g,))


def collectives(x: Any) -> Any:
    index = lax.axis_index("d")
    reduced = lax.psum(x, "d"), lax.pmax(x, "d"), lax.pmin(x, "d"), lax.pmean(x, "d")
    moved = lax.ppermute(x, "d", [(0, 0)]), lax.all_to_all(x[None], "d", 0, 0)
    return *reduced, *moved, lax.all_gather(x, "d"), lax.psum_scatter(x, "d", tiled=True), x + index


def sharded(x: Any) -> Any:
    mesh, spec = Mesh(np.array(jax.devices()[:1]), ("d",)), PartitionSpec("d")
    return shard_map(collectives, mesh=mesh, in_specs=spec, out_specs=spec)(x)


def references(x: Any) -> Any:
    ref = new_ref(jnp.zeros(3))

    def body(index: Any, carry: Any) -> Any:
        ref[index] = ref[index] + x[index]
        return carry

    lax.fori_loop(0, 3, body, 0)
    ref[0] = ref[0] * 2
    return ref[...]


def conjugate_gradient(a: Any, b: Any) -> Any:
    return jax.scipy.sparse.linalg.cg(lambda v: a @ (a.T @ v) + 3 * v, b, maxiter=6)[0]


def printing(x: Any) -> Any:
    jax.debug.print("{}", x.shape)
    jax.debug.callback(lambda y: None, x)
    return x + 1


def on_platform(**branches: Any) -> Any:
    return lambda x: lax.platform_dependent(x, **branches)


CASES = [
    case("calls", lambda x: jax.checkpoint(lambda y: own_jvp(jax.jit(own_vjp)(y)))(x), "float32[b,3]"),
    case("shard-map", sharded, "float32[4,3]"),
    case("references", references, "float32[3]"),
    case("linear-solve", conjugate_gradient, "float32[3,3]", "float32[3]", tolerance=1e-5),
    case("prints", printing, "float32[b]"),
    case("platform", on_platform(cpu=jnp.sin, tpu=jnp.tanh, default=jnp.cos), "float32[b]"),
    case("platform-default", on_platform(tpu=jnp.tanh, default=jnp.cos), "float32[b]"),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_structure(engine: object, row: Case, backend: str, capsys: Any) -> None:
    check(engine, row, backend)


def test_lost_prints_are_noted() -> None:
    notes = source.load(printing, inputs={"x": "float32[b]"}).notes
    assert [note.rpartition(":")[0].rpartition("/") for note in notes] == [
        ("Debug output is left out: " + __file__.rpartition("/")[0], "/", "test_structure.py")
    ] * 2


def refusal(function: Any, *inputs: str) -> str:
    names = [f"x{index}" for index in range(len(inputs))]
    with pytest.raises(UnsupportedError) as error:
        source.load(function, inputs=dict(zip(names, inputs, strict=True))).graph()
    assert "test_structure.py:" in str(error.value)
    return str(error.value)


def test_callbacks_are_refused_with_the_line() -> None:
    shape = jax.ShapeDtypeStruct((2,), jnp.float32)
    text = refusal(lambda x: jax.pure_callback(np.asarray, shape, x), "float32[2]")
    assert "pure_callback: it calls Python while the model runs, and there is no Python in a browser" in text


def test_kernels_are_refused() -> None:
    from jax.experimental import pallas

    def kernel(x: Any, y: Any) -> None:
        y[...] = x[...] + 1

    call = pallas.pallas_call(kernel, out_shape=jax.ShapeDtypeStruct((2,), jnp.float32), interpret=True)
    assert "pallas_call: it is a kernel written for other hardware" in refusal(lambda x: call(x), "float32[2]")


def test_a_loop_whose_state_never_changes_is_refused() -> None:
    text = refusal(lambda x: lax.while_loop(lambda c: c.sum() > 100, lambda c: c, x), "float32[3]")
    assert "the state of the loop never changes" in text


def test_all_problems_inside_of_loops_are_found() -> None:
    shape = jax.ShapeDtypeStruct((), jnp.float32)

    def step(carry: Any, row: Any) -> Any:
        carry = jax.pure_callback(np.asarray, shape, carry) + row
        return carry, io_callback(np.asarray, shape, row)

    assert "2 operations" in refusal(lambda x: lax.scan(step, x[0], x), "float32[t]")
    assert "2 operations" in refusal(lambda x: lax.scan(step, x[0], x), "float32[4]")


def test_what_no_output_needs_is_not_there() -> None:
    def function(x: Any) -> Any:
        _ = jnp.linalg.eig(x)[0], jax.random.split(jax.random.key(0))
        return x + 1

    model = source.load(function, inputs={"x": "float32[3,3]"})
    assert [equation.primitive.name for equation in model.traced.jaxpr.eqns] == ["add"]
    assert "x" in model.graph().inputs
