"""Images, scenes, graphs and tables of features, in JAX alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.rows import pure, row

Params = Mapping[str, Any]


def resizes(image: jax.Array) -> dict[str, jax.Array]:
    """All methods, to larger and smaller images."""
    b, channels = image.shape[0], image.shape[-1]
    methods = ("nearest", "linear", "cubic", "lanczos3", "lanczos5")
    found = {name: jax.image.resize(image, (b, 11, 9, channels), name) for name in methods}
    found["smaller"] = jax.image.resize(image, (b, 4, 3, channels), "bilinear")
    found["aliased"] = jax.image.resize(image, (b, 4, 3, channels), "cubic", antialias=False)
    found["moved"] = jax.image.scale_and_translate(
        image, (b, 6, 6, channels), (1, 2), jnp.array([0.8, 1.2]), jnp.array([0.5, -1.0]), "linear"
    )
    return found


def augmented(image: jax.Array, angle: jax.Array, box: jax.Array) -> dict[str, jax.Array]:
    """Colours, flips, a rotation by bilinear lookups, a crop at a place that is an input."""
    image = image.astype(jnp.float32) / 255
    grey = image @ jnp.array([0.299, 0.587, 0.114])
    contrast = jnp.clip((image - image.mean((1, 2), keepdims=True)) * 1.4 + 0.5, 0, 1)
    y, x = jnp.meshgrid(jnp.arange(8.0) - 3.5, jnp.arange(8.0) - 3.5, indexing="ij")
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    places = [cos * y - sin * x + 3.5, sin * y + cos * x + 3.5]
    turned = jax.vmap(lambda plane: jax.scipy.ndimage.map_coordinates(plane, places, order=1, mode="nearest"))(grey)
    crop = jax.vmap(lambda one, at: jax.lax.dynamic_slice(one, (at[0], at[1], 0), (4, 4, 3)))(image, box)
    mean, deviation = jnp.array([0.485, 0.456, 0.406]), jnp.array([0.229, 0.224, 0.225])
    return {"turned": turned, "crop": (crop - mean) / deviation, "contrast": contrast[:, :, ::-1], "hue": hue(image)}


def hue(image: jax.Array) -> jax.Array:
    """The hue of RGB."""
    red, green, blue = jnp.moveaxis(image, -1, 0)
    high, low = image.max(-1), image.min(-1)
    span = jnp.where(high > low, high - low, 1.0)
    found = jnp.where(
        high == red,
        (green - blue) / span % 6,
        jnp.where(high == green, (blue - red) / span + 2, (red - green) / span + 4),
    )
    return jnp.where(high > low, found / 6, 0.0)


def overlaps(a: jax.Array, b: jax.Array) -> jax.Array:
    """The intersection over the union of all pairs of boxes."""
    low, high = jnp.maximum(a[:, None, :2], b[None, :, :2]), jnp.minimum(a[:, None, 2:], b[None, :, 2:])
    both = jnp.prod(jnp.maximum(high - low, 0), -1)
    area_a, area_b = (jnp.prod(each[:, 2:] - each[:, :2], -1) for each in (a, b))
    return both / (area_a[:, None] + area_b[None] - both)


def suppression(centres: jax.Array, scores: jax.Array) -> dict[str, jax.Array]:
    """Boxes that overlap better ones are dropped."""
    boxes = jnp.concatenate([centres[:, :2], centres[:, :2] + jnp.abs(centres[:, 2:]) + 0.5], -1)
    order = jnp.argsort(-scores)
    pairs = overlaps(boxes[order], boxes[order])

    def step(i: Any, keep: jax.Array) -> jax.Array:
        return keep & ~(keep[i] & (pairs[i] > 0.3) & (jnp.arange(8) > i))

    keep = jax.lax.fori_loop(0, 8, step, jnp.ones(8, bool))
    return {"keep": keep, "order": order, "boxes": boxes[order], "best": jnp.where(keep, scores[order], 0.0)}


def detector(params: Params, image: jax.Array) -> dict[str, jax.Array]:
    """A YOLO head: a grid of anchors, decoded, the best of them."""
    numbers = ("NHWC", "HWIO", "NHWC")
    x = jax.lax.conv_general_dilated(image, params["w1"], (2, 2), "SAME", dimension_numbers=numbers)
    x = jax.lax.conv_general_dilated(jax.nn.leaky_relu(x, 0.1), params["w2"], (2, 2), "SAME", dimension_numbers=numbers)
    b, height, width, _ = x.shape
    x = x.reshape(b, height, width, 2, 8)
    grid = jnp.stack(jnp.meshgrid(jnp.arange(width), jnp.arange(height)), -1)[:, :, None]
    centre = (jax.nn.sigmoid(x[..., :2]) + grid) / jnp.array([width, height])
    size = jnp.exp(x[..., 2:4]) * jnp.array([[0.1, 0.2], [0.3, 0.25]])
    score = jax.nn.sigmoid(x[..., 4:5]) * jax.nn.softmax(x[..., 5:])
    boxes = jnp.concatenate([centre - size / 2, centre + size / 2], -1).reshape(b, -1, 4)
    best, place = jax.lax.top_k(score.max(-1).reshape(b, -1), 5)
    classes = jnp.take_along_axis(score.argmax(-1).reshape(b, -1), place, 1)
    return {"boxes": jnp.take_along_axis(boxes, place[..., None], 1), "scores": best, "classes": classes}


def radiance(params: Params, origin: jax.Array, direction: jax.Array) -> dict[str, jax.Array]:
    """NeRF: positions along rays are encoded, coloured, and rendered."""
    depth = jnp.linspace(0.5, 3.0, 8)
    places = origin[:, None] + direction[:, None] * depth[None, :, None]
    waves = (places[..., None] * 2.0 ** jnp.arange(4)).reshape(*places.shape[:2], -1)
    x = jnp.concatenate([places, jnp.sin(waves), jnp.cos(waves)], -1)
    x = jax.nn.relu(x @ params["w1"])
    raw = jax.nn.relu(x @ params["w2"]) @ params["w3"]
    alpha = 1 - jnp.exp(-jax.nn.softplus(raw[..., 3]) * (depth[1] - depth[0]))
    passed = jnp.cumprod(jnp.concatenate([jnp.ones_like(alpha[:, :1]), 1 - alpha + 1e-10], 1)[:, :-1], 1)
    weights = alpha * passed
    colour = (weights[..., None] * jax.nn.sigmoid(raw[..., :3])).sum(1)
    return {"colour": colour, "depth": weights @ depth}


def siren(params: Params, place: jax.Array) -> dict[str, jax.Array]:
    """An image as a network of sines, with its gradient."""

    def at(place: jax.Array) -> jax.Array:
        x = jnp.sin(5 * (place @ params["w1"] + params["b1"]))
        return (jnp.sin(5 * (x @ params["w2"])) @ params["w3"])[0]

    return {"value": jax.vmap(at)(place), "gradient": jax.vmap(jax.grad(at))(place)}


def message_passing(params: Params, nodes: jax.Array, senders: jax.Array, receivers: jax.Array) -> dict[str, jax.Array]:
    """A graph network: sums, means and softmaxes over the edges of each node."""
    count = nodes.shape[0]
    messages = jax.nn.relu(jnp.concatenate([nodes[senders], nodes[receivers]], -1) @ params["edge"])
    score = (messages @ params["score"])[:, 0]
    top = jax.ops.segment_max(score, receivers, count)
    weight = jnp.exp(score - top[receivers])
    weight = weight / jax.ops.segment_sum(weight, receivers, count)[receivers]
    summed = jax.ops.segment_sum(messages * weight[:, None], receivers, count)
    degree = jax.ops.segment_sum(jnp.ones_like(score), receivers, count)
    nodes = jnp.tanh(jnp.concatenate([nodes, summed], -1) @ params["node"])
    return {"nodes": nodes, "pooled": nodes.mean(0), "degree": degree}


def point_cloud(params: Params, points: jax.Array) -> jax.Array:
    """A dynamic graph network over the nearest neighbours of each point."""
    distance = jnp.sum((points[:, :, None] - points[:, None]) ** 2, -1)
    near = jax.lax.top_k(-distance, 3)[1]
    around = jax.vmap(lambda cloud, index: cloud[index])(points, near)
    edges = jnp.concatenate([jnp.broadcast_to(points[:, :, None], around.shape), around - points[:, :, None]], -1)
    x = jax.nn.relu(edges @ params["w1"]).max(2)
    return x.max(1) @ params["w2"]


def recommender(params: Params, items: jax.Array, lengths: jax.Array, numbers: jax.Array) -> jax.Array:
    """Embedding bags and the products of all pairs of features."""
    mask = (jnp.arange(items.shape[1]) < lengths[:, None]).astype(jnp.float32)
    bag = (params["items"][items] * mask[..., None]).sum(1) / jnp.maximum(mask.sum(1, keepdims=True), 1)
    dense = jax.nn.relu(numbers @ params["dense"])
    features = jnp.stack([bag, dense, bag * dense], 1)
    pairs = jnp.einsum("bid,bjd->bij", features, features)
    rows, columns = np.triu_indices(3, 1)
    return jax.nn.sigmoid(jnp.concatenate([dense, pairs[:, rows, columns]], -1) @ params["top"])[:, 0]


def quantised() -> tuple[Any, Any]:
    """Products of 8-bit integers with 32-bit sums, scaled back."""
    random = np.random.default_rng(1)
    weights = {
        "w1": random.integers(-127, 128, (12, 16), np.int8),
        "w2": random.integers(-127, 128, (16, 4), np.int8),
        "s1": random.uniform(0.001, 0.01, 16).astype(np.float32),
        "s2": random.uniform(0.001, 0.01, 4).astype(np.float32),
    }

    def layer(x: jax.Array, w: jax.Array, scale: jax.Array) -> jax.Array:
        largest = jnp.max(jnp.abs(x), -1, keepdims=True) / 127
        whole = jnp.clip(jnp.round(x / largest), -127, 127).astype(jnp.int8)
        return jnp.matmul(whole, w, preferred_element_type=jnp.int32).astype(jnp.float32) * largest * scale

    return lambda given, x: layer(jax.nn.relu(layer(x, given["w1"], given["s1"])), given["w2"], given["s2"]), weights


def ising(spins: jax.Array, steps: jax.Array) -> jax.Array:
    """Conway's game, a number of steps that is an input."""

    def step(_: Any, board: jax.Array) -> jax.Array:
        around = sum(jnp.roll(board, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
        return ((around == 3) | ((board == 1) & (around == 2))).astype(jnp.int32)

    return jax.lax.fori_loop(0, steps, step, (spins > 1).astype(jnp.int32))


GRAPH = {
    "senders": np.array([0, 1, 2, 2, 3, 0, 1], np.int32),
    "receivers": np.array([1, 0, 0, 3, 2, 2, 3], np.int32),
}
ENTRIES = [
    pure("pure_image_resize", resizes, image="b,8,6,2"),
    pure("pure_image_augmentation", augmented, image="int32[b,8,8,3]", angle=np.float32(0.4), box="int32[b,2]"),
    pure("pure_nms_boxes", suppression, centres="8,4", scores="8"),
    pure("pure_yolo_head", detector, {"w1": (3, 3, 3, 8), "w2": (3, 3, 8, 16)}, image="b,16,16,3"),
    pure(
        "pure_nerf_posenc_render",
        radiance,
        {"w1": (27, 16), "w2": (16, 16), "w3": (16, 4)},
        origin="n,3",
        direction="n,3",
    ),
    pure("pure_siren_gradient", siren, {"w1": (2, 8), "b1": (8,), "w2": (8, 8), "w3": (8, 1)}, place="n,2"),
    pure("pure_gnn_segment", message_passing, {"edge": (8, 6), "score": (6, 1), "node": (10, 4)}, nodes="n,4", **GRAPH),
    pure("pure_point_cloud_neighbours", point_cloud, {"w1": (6, 8), "w2": (8, 4)}, points="b,7,3"),
    pure(
        "pure_recommender",
        recommender,
        {"items": (20, 6), "dense": (5, 6), "top": (9, 1)},
        items="int32[b,4]",
        lengths="int32[b]",
        numbers="b,5",
    ),
    row("pure_int8_quantised_mlp", quantised, x="b,12"),
    pure("pure_game_of_life", ising, spins="int32[6,6]", steps=np.int32(3), asynchronous=True),
]
