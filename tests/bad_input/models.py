"""What a user might name on the command line, wrongly."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx


class Classifier(nn.Module):
    @nn.compact
    def __call__(self, image):
        return nn.Dense(3)(image)


class Sized(nn.Module):
    features: int

    @nn.compact
    def __call__(self, image):
        return nn.Dense(self.features)(image)


class Head(nnx.Module):
    def __init__(self, features, *, rngs):
        self.dense = nnx.Linear(4, features, rngs=rngs)

    def __call__(self, image):
        return self.dense(image)


def double(image):
    return image * 2


def add(left, right):
    return left + right


def linear(params, image):
    return image @ params["kernel"] + params["bias"]


def spectrum(image):
    return jnp.linalg.svd(image + 1, compute_uv=False)


def hasty(image):
    return image if image.sum() > 0 else -image


def numbers(image):
    return np.asarray(image)


def silent(image):
    return None


number = 3
