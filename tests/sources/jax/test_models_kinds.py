"""Every form in which a model can be given computes what the framework itself computes for inference."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import flax.linen as nn
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from flax.training.train_state import TrainState

from tests import models
from totfjs.errors import InputSpecError, SourceError, WeightsMismatchError
from totfjs.graph.interpret import interpret
from totfjs.sources import jax as source

X = np.random.default_rng(3).normal(size=(3, 2)).astype(np.float32)
INPUTS = {"x": ("b", 2)}
LEFT_OUT = "Left out, as only training needs it: "


def _same(loaded: Any, expected: Any, x: np.ndarray = X) -> None:
    """The source, and its graph, compute what the framework does."""
    (name,) = loaded.chosen
    fed = {next(iter(loaded.inputs)): x}
    np.testing.assert_allclose(loaded.evaluate(fed)[name], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(interpret(loaded.graph(), fed)[name], expected, rtol=1e-5, atol=1e-6)


# --- Linen ------------------------------------------------------------------------------------------------------------


class Net(nn.Module):
    def setup(self) -> None:
        self.first, self.norm, self.last = nn.Dense(3), nn.BatchNorm(), nn.Dense(2)

    def __call__(self, x: jax.Array, train: bool = True) -> jax.Array:
        return self.last(self.norm(self.encode(x), use_running_average=not train))

    def encode(self, x: jax.Array) -> jax.Array:
        return nn.relu(self.first(x))


VARIABLES = models.variables(Net(), jnp.ones((1, 2)))


class State(TrainState):
    batch_stats: Any


def _state(**fields: Any) -> State:
    params, stats = VARIABLES["params"], VARIABLES["batch_stats"]
    return State.create(apply_fn=Net().apply, params=params, tx=optax.adam(1e-3), batch_stats=stats, **fields)


LINEN: dict[str, Callable[[], tuple[Any, Any]]] = {
    "train state as weights": lambda: (Net(), _state()),
    "pair with a train state": lambda: ((Net(), _state()), None),
    "train state": lambda: (_state(), None),
    "tree": lambda: (Net(), {**VARIABLES, "opt_state": optax.adam(1e-3).init(VARIABLES["params"]), "step": 3}),
    "tuple": lambda: (Net(), (VARIABLES, optax.adam(1e-3).init(VARIABLES["params"]))),
    "whole variables as params": lambda: (Net(), {"params": VARIABLES, "opt_state": (optax.EmptyState(),), "step": 3}),
}


@pytest.mark.parametrize("form", LINEN)
def test_a_train_state_gives_the_weights_of_a_linen_module(form: str) -> None:
    model, weights = LINEN[form]()
    loaded = source.load(model, weights=weights, inputs=INPUTS)
    _same(loaded, Net().apply(VARIABLES, X, train=False))
    assert loaded.notes[0].startswith(LEFT_OUT)
    assert loaded.notes[1:] == ("train=False was set for inference.",)


@pytest.mark.parametrize(
    "model, weights",
    [
        (Net().apply, VARIABLES),
        (functools.partial(Net().apply, VARIABLES), None),
        (functools.partial(Net().apply, train=False), VARIABLES),
        (jax.jit(Net().apply), VARIABLES),
        (jax.jit(functools.partial(Net().apply, VARIABLES)), None),
    ],
    ids=["apply", "partial of variables", "partial of a switch", "jitted", "jitted partial"],
)
def test_the_apply_of_a_linen_module_is_the_module(model: Any, weights: Any) -> None:
    loaded = source.load(model, weights=weights, inputs=INPUTS)
    _same(loaded, Net().apply(VARIABLES, X, train=False))
    assert "params/first/kernel" in loaded.graph().nodes


def test_a_method_of_a_linen_module_reads_the_weights_it_needs() -> None:
    loaded = source.load(Net().encode, weights=VARIABLES, inputs=INPUTS)
    _same(loaded, Net().apply(VARIABLES, X, method="encode"))
    assert "params/last/kernel" not in loaded.graph().nodes


# --- NNX --------------------------------------------------------------------------------------------------------------


class Nnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.dense, self.norm, self.dropout = nnx.Linear(2, 3, rngs=rngs), nnx.BatchNorm(3, rngs=rngs), nnx.Dropout(0.5)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.dropout(self.norm(self.dense(x)))

    def encode(self, x: jax.Array, scale: float = 1.0) -> jax.Array:
        return self.norm(self.dense(x)) * scale


def _nnx() -> Nnx:
    module = Nnx(nnx.Rngs(1))
    module.norm.mean[...] = jnp.array([1.0, 2.0, 3.0])
    return module


def _evaluated(module: Nnx) -> Nnx:
    copy = nnx.clone(module)
    copy.eval()
    return copy


def test_the_module_of_an_nnx_optimizer_is_converted() -> None:
    module = _nnx()
    loaded = source.load(nnx.ModelAndOptimizer(module, optax.adam(1e-3), wrt=nnx.Param), inputs=INPUTS)
    _same(loaded, _evaluated(module)(X))
    assert loaded.notes[0] == "The optimizer was left out."


def test_an_nnx_optimizer_that_does_not_hold_its_module_is_refused() -> None:
    with pytest.raises(SourceError, match="does not hold its model"):
        source.load(nnx.Optimizer(_nnx(), optax.adam(1e-3), wrt=nnx.Param), inputs=INPUTS)


@pytest.mark.parametrize("form", ["tree", "tuple", "optimizer"])
def test_a_train_state_gives_the_weights_of_an_nnx_module(form: str) -> None:
    module = _nnx()
    values = nnx.to_pure_dict(nnx.state(module, nnx.Not(nnx.RngState)))
    moments = optax.adam(1e-3).init(values)
    weights = {
        "tree": {"params": values, "opt_state": moments, "step": 1},
        "tuple": (values, moments),
        "optimizer": nnx.ModelAndOptimizer(module, optax.adam(1e-3), wrt=nnx.Param),
    }[form]
    loaded = source.load(Nnx, weights=weights, inputs=INPUTS)
    _same(loaded, _evaluated(module)(X))
    assert "eft out" in loaded.notes[0] or "left out" in loaded.notes[0]


@pytest.mark.parametrize("weights", [None, "given"])
def test_a_factory_of_an_nnx_module(weights: Any) -> None:
    given = weights and nnx.state(_nnx())
    loaded = source.load(_nnx, weights=given, inputs=INPUTS)
    _same(loaded, _evaluated(_nnx())(X))


def test_a_factory_of_a_linen_module_with_weights() -> None:
    _same(source.load(lambda: Net(), weights=VARIABLES, inputs=INPUTS), Net().apply(VARIABLES, X, train=False))


def test_a_method_of_an_nnx_module_runs_in_its_evaluation_mode() -> None:
    module = _nnx()
    loaded = source.load(functools.partial(module.encode, scale=2.0), inputs=INPUTS)
    _same(loaded, _evaluated(module).encode(X) * 2)
    assert loaded.notes == (".eval() was called on the module",)


# --- Equinox ----------------------------------------------------------------------------------------------------------


class Eqx(eqx.Module):
    linear: eqx.nn.Linear
    norm: eqx.nn.BatchNorm
    dropout: eqx.nn.Dropout

    def __init__(self, key: jax.Array) -> None:
        self.linear = eqx.nn.Linear(2, 3, key=key)
        self.norm = eqx.nn.BatchNorm(3, axis_name="batch", mode="ema")
        self.dropout = eqx.nn.Dropout(0.5)

    def __call__(self, x: jax.Array, state: eqx.nn.State, *, key: jax.Array) -> tuple[jax.Array, eqx.nn.State]:
        x, state = self.norm(self.linear(x), state)
        return self.dropout(x, key=key), state


def _eqx() -> tuple[Eqx, eqx.nn.State]:
    module, state = eqx.nn.make_with_state(Eqx)(jax.random.key(0))
    names = {"axis_name": "batch", "in_axes": (0, None), "out_axes": (0, None)}
    run = jax.vmap(lambda x, state: module(x, state, key=jax.random.key(1)), **names)
    _, state = run(X * 2 + 1, state)
    return module, state


def test_an_equinox_module_with_its_state() -> None:
    module, state = _eqx()
    loaded = source.load((module, state), inputs={"x": (2,)})
    expected, _ = eqx.nn.inference_mode(module)(X[0], state, key=None)
    _same(loaded, expected, X[0])
    key = "key=jax.random.PRNGKey(0) was given: the module asks for a key."
    assert loaded.notes == ("inference mode was set on the module", key)
    assert "linear/weight" in loaded.graph().nodes


def test_an_equinox_module_that_is_vmapped_with_its_state() -> None:
    module, state = _eqx()
    batched = eqx.filter_vmap(eqx.Partial(module, key=None), in_axes=(0, None), out_axes=(0, None))
    expected = np.stack([eqx.nn.inference_mode(module)(x, state, key=None)[0] for x in X])
    _same(source.load((batched, state), inputs=INPUTS), expected)


class Mlp(eqx.Module):
    layers: list[Any]

    def __init__(self) -> None:
        self.layers = [eqx.nn.Linear(2, 4, key=jax.random.key(1)), eqx.nn.Dropout(0.5)]

    def __call__(self, x: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        return self.layers[1](self.encode(x), key=key)

    def encode(self, x: jax.Array) -> jax.Array:
        return self.layers[0](x)


@pytest.mark.parametrize("transform", [eqx.filter_vmap, lambda module: jax.vmap(eqx.nn.inference_mode(module))])
def test_an_equinox_module_that_is_vmapped(transform: Any) -> None:
    _same(source.load(transform(Mlp()), inputs=INPUTS), np.stack([Mlp().encode(x) for x in X]))


def test_weights_of_a_vmapped_equinox_module_are_named_after_their_place_in_it() -> None:
    assert "layers/0/weight" in source.load(eqx.filter_vmap(Mlp()), inputs=INPUTS).graph().nodes


def test_an_equinox_module_in_training_mode_behind_vmap_is_refused() -> None:
    with pytest.raises(SourceError, match="training mode inside of a transformed function"):
        source.load(jax.vmap(Mlp()), inputs=INPUTS)


def test_a_method_and_a_jitted_equinox_module() -> None:
    _same(source.load(Mlp().encode, inputs={"x": (2,)}), Mlp().encode(X[0]), X[0])
    _same(source.load(eqx.filter_jit(Mlp()), inputs={"x": (2,)}), Mlp().encode(X[0]), X[0])


def test_weights_for_an_equinox_module_come_by_path() -> None:
    other = {"layers": [{"weight": np.ones((4, 2), np.float32), "bias": np.zeros(4, np.float32)}]}
    loaded = source.load(Mlp(), weights=other, inputs={"x": (2,)})
    _same(loaded, np.ones((4, 2)) @ X[0], X[0])
    with pytest.raises(WeightsMismatchError, match=r"missing: layers/0/weight \[4,2\]"):
        source.load(Mlp(), weights={"layers": []}, inputs={"x": (2,)})


# --- Haiku ------------------------------------------------------------------------------------------------------------


def _haiku(x: jax.Array, is_training: bool) -> jax.Array:
    x = hk.BatchNorm(True, True, 0.9)(hk.Linear(3)(x), is_training)
    return hk.dropout(hk.next_rng_key(), 0.5, x) if is_training else x


TRANSFORMED = hk.transform_with_state(_haiku)


def _haiku_weights() -> tuple[Any, Any]:
    params, state = TRANSFORMED.init(jax.random.key(0), X, True)
    _, state = TRANSFORMED.apply(params, state, jax.random.key(1), X * 2 + 1, True)
    return params, state


HAIKU: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "pair": lambda params, state: ((TRANSFORMED, (params, state)), None),
    "weights": lambda params, state: (TRANSFORMED, (params, state)),
    "tree": lambda params, state: (TRANSFORMED, {"params": params, "state": state, "opt_state": (), "step": 1}),
    "tuple": lambda params, state: (TRANSFORMED, (params, state, optax.adam(1e-3).init(params))),
    "without a key": lambda params, state: (hk.without_apply_rng(TRANSFORMED), (params, state)),
}


@pytest.mark.parametrize("form", HAIKU)
def test_a_transformed_function_with_state(form: str) -> None:
    params, state = _haiku_weights()
    model, weights = HAIKU[form](params, state)
    loaded = source.load(model, weights=weights, inputs=INPUTS)
    _same(loaded, TRANSFORMED.apply(params, state, None, X, False)[0])
    assert "is_training=False was set for inference." in loaded.notes
    assert {"params/linear/w", "state/batch_norm/_/mean_ema/average"} <= set(loaded.graph().nodes)


def test_a_transformed_function_without_state_and_weights_cut_at_slashes() -> None:
    transformed = hk.transform(lambda x: hk.nets.MLP([4, 2])(x))
    params = transformed.init(jax.random.key(0), X)
    expected = transformed.apply(params, None, X)
    _same(source.load((transformed, params), inputs=INPUTS), expected)
    cut = {"params": {"mlp": {"~": {"linear_0": params["mlp/~/linear_0"], "linear_1": params["mlp/~/linear_1"]}}}}
    _same(source.load(transformed, weights=cut, inputs=INPUTS), expected)


def test_a_haiku_function_needs_weights_that_fit() -> None:
    _, state = _haiku_weights()
    with pytest.raises(SourceError, match="parameters and state"):
        source.load(TRANSFORMED, inputs=INPUTS)
    with pytest.raises(WeightsMismatchError, match=r"missing: params/linear/w \[2,3\]"):
        source.load(TRANSFORMED, weights=({}, state), inputs=INPUTS)


def test_several_functions_of_haiku_are_refused() -> None:
    def build() -> Any:
        return (lambda x: x), (lambda x: x, lambda x: -x)

    with pytest.raises(SourceError, match="several functions"):
        source.load(hk.multi_transform(build), inputs=INPUTS)


# --- functions --------------------------------------------------------------------------------------------------------

WEIGHTS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}


def dense(params: Any, x: jax.Array, training: bool = True, *, scale: float = 1.0) -> jax.Array:
    return (x @ params["w"] + (100 if training else 0)) * scale


class Called:
    def __call__(self, x: jax.Array) -> jax.Array:
        return x @ WEIGHTS["w"]

    def method(self, x: jax.Array, train: bool = True) -> jax.Array:
        return x * jnp.nan if train else self(x)


@pytest.mark.parametrize(
    "model, weights",
    [
        (functools.partial(dense, WEIGHTS), None),
        (functools.partial(dense, scale=1.0), WEIGHTS),
        (jax.tree_util.Partial(dense, WEIGHTS), None),
        (jax.jit(dense), WEIGHTS),
        (jax.jit(dense, static_argnames="training"), WEIGHTS),
        (dense, {"params": WEIGHTS, "opt_state": optax.adam(1e-3).init(WEIGHTS), "step": 2}),
        (dense, (WEIGHTS, optax.adam(1e-3).init(WEIGHTS))),
        (TrainState.create(apply_fn=dense, params=WEIGHTS, tx=optax.adam(1e-3)), None),
        (Called(), None),
        (Called().method, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_function_is_taken_in_every_form(model: Any, weights: Any) -> None:
    _same(source.load(model, weights=weights, inputs=INPUTS), X @ WEIGHTS["w"])


def test_arrays_in_a_partial_are_weights_and_sizes_stay_sizes() -> None:
    def function(size: int, params: Any, x: jax.Array) -> jax.Array:
        return jnp.tile(x @ params["w"], size)

    loaded = source.load(functools.partial(function, 2, WEIGHTS), inputs=INPUTS)
    _same(loaded, np.tile(X @ WEIGHTS["w"], 2))
    assert "params/w" in loaded.graph().nodes


def test_a_train_state_may_hold_parameters_under_the_name_the_function_reads() -> None:
    def function(variables: Any, x: jax.Array) -> jax.Array:
        return x @ variables["params"]["w"]

    weights = {"params": WEIGHTS, "opt_state": optax.adam(1e-3).init(WEIGHTS)}
    loaded = source.load(function, weights=weights, inputs=INPUTS)
    assert loaded.notes == (f"{LEFT_OUT}opt_state.",)
    _same(loaded, X @ WEIGHTS["w"])


def test_a_train_state_with_a_wrong_number_of_inputs_says_so() -> None:
    with pytest.raises(InputSpecError, match="takes 1 input"):
        source.load(_state(), inputs=INPUTS | {"y": ("b", 2)})
