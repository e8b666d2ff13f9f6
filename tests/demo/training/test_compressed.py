import jax
import jax.numpy as jnp
import pytest

from jax_to_tfjs_demo.training.compressed import compressed
from jax_to_tfjs_demo.training.prune import apply, masks


def test_zeros_are_worth_bytes():
    kernel, conv = jax.random.split(jax.random.key(0))
    params = {
        "dense": {"kernel": jax.random.normal(kernel, (50, 20)), "bias": jnp.arange(20.0)},
        "conv": {"kernel": jax.random.normal(conv, (3, 3, 2, 5))},
    }
    dense, sparse = compressed(params), compressed(apply(params, masks(params, 0.8)))
    assert (dense.sparsity, dense.bytes) == (0.0, 4 * (1000 + 20 + 90))
    assert sparse.sparsity == pytest.approx(0.8, abs=1e-3) and sparse.bytes == dense.bytes
    assert sparse.gzip < 0.45 * dense.gzip and sparse.brotli < 0.45 * dense.brotli
    assert compressed({"bias": jnp.ones(3)}).sparsity == 0
