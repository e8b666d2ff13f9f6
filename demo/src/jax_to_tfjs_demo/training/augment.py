"""Varied images: each a little turned, sheared, stretched, moved and bent, inside of the compiled step."""

from __future__ import annotations

import jax
import jax.numpy as jnp

TURN = 0.20  # radians either way
SHEAR = 0.15
STRETCH = 0.12  # either way, along each side
MOVE = 2.0  # pixels either way
BEND = 0.8  # pixels: the deviation of the points of a coarse grid, between which all others are moved
GRID = 5


def augmented(key: jax.Array, images: jax.Array) -> jax.Array:
    """Images [n, h, w, 1], each varied in a way of its own that depends on the key alone."""
    count, height, width, _ = images.shape
    whole, bent = jax.random.split(key)
    grid = jnp.stack(jnp.meshgrid(_centred(height), _centred(width), indexing="ij"), -1)
    places = jnp.einsum("nij,hwj->nhwi", *(_matrices(whole, count), grid))
    places += _moves(jax.random.fold_in(whole, 1), count) + _bends(bent, count, height, width)
    centre = jnp.array([height - 1, width - 1]) / 2
    return _sampled(images[..., 0], places + centre)[..., None]


def _centred(size: int) -> jax.Array:
    return jnp.arange(size) - (size - 1) / 2


def _matrices(key: jax.Array, count: int) -> jax.Array:
    """What turns, shears and stretches: [n, 2, 2]."""
    turn, shear, tall, wide = jax.random.uniform(key, (4, count), minval=-1, maxval=1)
    cos, sin = jnp.cos(TURN * turn), jnp.sin(TURN * turn)
    tall, wide, shear = 1 + STRETCH * tall, 1 + STRETCH * wide, SHEAR * shear
    rows = [[tall * cos, wide * (shear * cos - sin)], [tall * sin, wide * (shear * sin + cos)]]
    return jnp.stack([jnp.stack(row, -1) for row in rows], -2)


def _moves(key: jax.Array, count: int) -> jax.Array:
    return jax.random.uniform(key, (count, 1, 1, 2), minval=-MOVE, maxval=MOVE)


def _bends(key: jax.Array, count: int, height: int, width: int) -> jax.Array:
    """Smooth displacements [n, h, w, 2]: those of a coarse grid, and between its points what lies between them."""
    coarse = BEND * jax.random.normal(key, (count, GRID, GRID, 2))
    return jnp.einsum("hi,nijc,wj->nhwc", _between(height), coarse, _between(width))


def _between(size: int) -> jax.Array:
    """How much each point of the grid weighs at each pixel: [size, GRID]."""
    places = jnp.linspace(0, GRID - 1, size)[:, None]
    return jnp.maximum(0, 1 - jnp.abs(places - jnp.arange(GRID)))


def _sampled(images: jax.Array, places: jax.Array) -> jax.Array:
    """What images [n, h, w] show at places [n, h, w, 2], between pixels their mean by nearness, outside zero."""
    count, height, width = images.shape
    # with a border of zeros, what lies outside needs no case of its own
    bordered = jnp.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(count, -1)
    down, right = (jnp.clip(places[..., axis] + 1, 0, size) for axis, size in enumerate((height, width)))
    top, left = jnp.floor(down).astype(jnp.int32), jnp.floor(right).astype(jnp.int32)
    down, right = down - top, right - left

    def at(rows: jax.Array, columns: jax.Array) -> jax.Array:
        index = (rows * (width + 2) + columns).reshape(count, -1)
        return jnp.take_along_axis(bordered, index, axis=1, mode="promise_in_bounds").reshape(images.shape)

    upper = at(top, left) * (1 - right) + at(top, left + 1) * right
    lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
    return upper * (1 - down) + lower * down
