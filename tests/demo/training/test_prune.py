import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.events import Scored
from jax_to_tfjs_demo.training.interruption import InterruptedTraining
from jax_to_tfjs_demo.training.prune import Plan, apply, masks, pruned, sparsity_at
from jax_to_tfjs_demo.training.run import train
from jax_to_tfjs_demo.training.settings import Settings

PLAN = Plan(target=0.8, steps=1000)


def parameters(seed=0):
    kernel, conv = jax.random.split(jax.random.key(seed))
    return {
        "dense": {"kernel": jax.random.normal(kernel, (50, 20)), "bias": jnp.arange(20.0) / 1000},
        "conv": {"kernel": jax.random.normal(conv, (3, 3, 2, 5))},
    }


def zeros(array):
    return float((np.asarray(array) == 0).mean())


def test_the_share_of_zeros_grows_from_none_to_the_target_and_stays():
    shares = np.array([sparsity_at(step, PLAN) for step in range(0, 1000, 10)])
    assert (shares[:20] == 0).all() and np.allclose(shares[80:], 0.8)
    assert (np.diff(shares) >= 0).all()
    assert shares[40] > 0.8 / 2  # a cubic: more than half of them in the first third
    assert float(sparsity_at(PLAN.end, PLAN)) == pytest.approx(0.8)


@pytest.mark.parametrize("sparsity", [0.0, 0.25, 0.8, 0.99])
def test_the_smallest_weights_of_each_kernel_go_and_biases_stay(sparsity):
    params = parameters()
    kept = masks(params, sparsity)
    assert np.asarray(kept["dense"]["bias"]).all()
    for name in ("dense", "conv"):
        mask, size = np.asarray(kept[name]["kernel"]), np.abs(np.asarray(params[name]["kernel"]))
        assert (~mask).sum() == round(sparsity * mask.size)
        assert not sparsity or size[mask].min() > size[~mask].max()
    left = apply(params, kept)
    assert zeros(left["dense"]["kernel"]) == pytest.approx(sparsity)
    assert np.array_equal(
        left["dense"]["kernel"][kept["dense"]["kernel"]], params["dense"]["kernel"][kept["dense"]["kernel"]]
    )


def trained(params, steps, plan, first=0):
    """Steps that move every weight, as an optimizer does."""

    @jax.jit
    def step(params, number):
        after = jax.tree.map(lambda x: x + 0.01 * jnp.sin(number + 100 * x), params)
        return pruned(params, after, number, plan)

    for number in range(first, first + steps):
        params = step(params, number)
    return params


def test_training_prunes_to_the_target_and_what_is_pruned_stays_so():
    plan = Plan(0.8, 100)
    early = trained(parameters(), plan.begin, plan)
    assert zeros(early["dense"]["kernel"]) == 0
    middle = trained(early, 30, plan, plan.begin)
    assert 0.3 < zeros(middle["dense"]["kernel"]) < 0.8
    end = trained(middle, 100 - plan.begin - 30, plan, plan.begin + 30)
    assert (zeros(end["dense"]["kernel"]), zeros(end["conv"]["kernel"])) == (0.8, 0.8)
    assert not (np.asarray(end["dense"]["kernel"])[np.asarray(middle["dense"]["kernel"]) == 0]).any()


def test_a_resumed_training_prunes_the_same_weights():
    plan = Plan(0.8, 60)
    whole = trained(parameters(), 60, plan)
    interrupted = jax.tree.map(np.array, trained(parameters(), 31, plan))
    resumed = trained(interrupted, 29, plan, 31)
    assert all(map(np.array_equal, jax.tree.leaves(whole), jax.tree.leaves(resumed)))


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_the_shortest_trainings_reach_the_target(steps):
    assert zeros(trained(parameters(), steps, Plan(0.5, steps))["dense"]["kernel"]) == 0.5


def test_train_prunes_and_goes_on_pruning_after_an_interruption(few, tmp_path):
    settings = Settings(epochs=3, batch_size=16, prune=0.6)

    def report(event):
        if isinstance(event, Scored) and event.epoch == 2:
            raise KeyboardInterrupt

    whole = train(find("jax"), settings, few, tmp_path / "whole")
    with pytest.raises(InterruptedTraining):
        train(find("jax"), settings, few, tmp_path / "interrupted", report=report)
    resumed = train(find("jax"), settings, few, tmp_path / "interrupted")
    assert resumed.resumed_from == 2
    assert all(map(np.array_equal, jax.tree.leaves(whole.state), jax.tree.leaves(resumed.state)))
    shares = [score.weights.sparsity for score in resumed.scores]
    assert 0 < shares[0] < shares[1] < shares[2] == pytest.approx(0.6, abs=1e-3)
    assert resumed.last.weights.gzip < whole.scores[0].weights.gzip
