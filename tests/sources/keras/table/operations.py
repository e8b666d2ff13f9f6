"""Operations of `keras.ops` as nodes of functional models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.sources.keras.row import Row, awkward, floats, integers, model, row

X = awkward(5, 4)
N = integers(-9, 10, 4, 5)
BOOLS = np.random.default_rng(3).random((3, 4)) > 0.5
POSITIVE = np.abs(floats(3, 4)) + 0.1


def op(label: str, function: Callable[..., Any], *inputs: Any, **properties: Any) -> Row:
    """A model of operations alone; the function takes the inputs one by one."""

    def called(given: Any) -> Any:
        return function(*given) if isinstance(given, list) else function(given)

    return row(f"ops/{label}", lambda: called, *inputs, **properties)


def each(label: str, names: str, *inputs: Any, **properties: Any) -> Row:
    """Several functions of the same inputs, an output for each."""
    return op(label, lambda *xs: [getattr(ops, name)(*xs) for name in names.split()], *inputs, **properties)


UNARY = [
    each("elementwise", "abs ceil exp floor isfinite isinf isnan isposinf isneginf negative sign square trunc", X),
    each("roots", "sqrt log log2 log10 rsqrt reciprocal", X),
    each("hyperbolic", "tanh arctan arcsinh sinh cosh deg2rad rad2deg expm1", floats(3, 4)),
    each("angles", "sin cos tan sinc", floats(3, 4, scale=3)),
    each("arcs", "arcsin arccos arctanh erfinv", np.clip(floats(3, 4, scale=0.4), -0.9, 0.9)),
    each("special", "erf erfc cbrt i0 log1p arccosh exp2", POSITIVE + 1),
    each("of integers", "abs negative square sign round exp sqrt tanh floor sin relu logical_not bitwise_not", N),
    each("of bools", "abs logical_not sum prod max min any all mean argmax count_nonzero cumsum std", BOOLS),
    op("round", lambda x: [ops.round(x), ops.round(x, 2), ops.round(x, -1)], floats(3, 4, scale=20)),
    op("round of integers", lambda x: [ops.round(x, 2), ops.round(x, -1)], integers(-99, 100, 3, 4)),
    op("clip", lambda x: [ops.clip(x, -1, 1), ops.clip(x, 0.5, 2.5)], X),
    op("clip of integers", lambda x: [ops.clip(x, -2, 3), ops.clip(x, -2.5, 2.5)], N),
    op("nan_to_num", lambda x: [ops.nan_to_num(x), ops.nan_to_num(x, 1.0, 2.0, -3.0)], X),
    op("cast", lambda x: [ops.cast(x, dtype) for dtype in ("int32", "bool", "uint8", "int8")],
       floats(3, 4, scale=9)),
    op("cast of integers", lambda x: [ops.cast(x, dtype) for dtype in ("float32", "bool", "uint8", "int16")],
       integers(-70000, 70000, 3, 4)),
    op("saturate_cast", lambda x: ops.saturate_cast(x, "uint8"), floats(3, 4, scale=300)),
    op("stop_gradient", lambda x: ops.stop_gradient(x) + ops.convert_to_tensor(x) + ops.copy(x), (4,)),
]  # fmt: skip

PAIRS = "add subtract multiply divide maximum minimum mod floor_divide power arctan2 logaddexp hypot"
BINARY = [
    op("x * 2 + y[:, 1:]", lambda x, y: x * 2 + y[:, 1:], (3,), (4,)),
    op("operators", lambda x, y: [x - y, 1 - x, -x, x / y, 2 / x, x**2, 2**x, abs(x) ** 0.5, x**-3, x // y, x % y],
       (4, 3), (4, 3)),
    op("operators of integers", lambda x, y: [x + 1, x * 2.5, x / y, 3 - x, x * x, x**3, x // 4, x % 5, x % -5, 7 // y],
       N, integers(1, 9, 4, 5)),
    op("comparisons", lambda x, y: [x > y, x >= 0, x < 0.5, x <= y, ops.equal(x, y), ops.not_equal(x, 1)],
       X, awkward(5, 4)[::-1].copy()),
    op("compared with integers", lambda x, y: [x > y, ops.equal(x, y), y < 1.5], floats(3, 4), integers(-2, 2, 3, 4)),
    each("of pairs", PAIRS, floats(3, 4), POSITIVE),
    each("of integers in pairs", "add subtract multiply divide maximum minimum mod floor_divide bitwise_and bitwise_or "
         "bitwise_xor fmod logaddexp", N, integers(1, 12, 4, 5)),
    each("of unlike pairs", "add subtract multiply divide maximum minimum mod power", N, POSITIVE[[0, 1, 2, 0], :1]),
    each("of bools in pairs", "add multiply logical_and logical_or logical_xor equal maximum bitwise_or", BOOLS,
         ~BOOLS[:, ::-1].copy()),
    each("passing over NaN", "fmax fmin maximum minimum heaviside", X, awkward(5, 4)[:, ::-1].copy()),
    op("exact", lambda x, y: [x * y, x + y, x * 65537, x - 2**30], integers(-(2**30), 2**30, 3, 4),
       integers(-(2**30), 2**30, 3, 4, seed=1)),
    op("shifts", lambda x: [ops.left_shift(x, 3), ops.right_shift(x, 2)], integers(-999, 999, 3, 4)),
    op("divide_no_nan", lambda x, y: ops.divide_no_nan(x, y), floats(3, 4), floats(3, 4) * BOOLS),
    op("where", lambda x: [ops.where(x > 0, x, 0), ops.where(x > 0, 1, 2), ops.where(x > 0, x, 0.1 * x)], X),
    op("where of integers", lambda x, y: [ops.where(x, y, 1.5), ops.where(x > 2, x, 0)], N, floats(4, 5)),
    op("select", lambda x: ops.select([x > 1, x > 0], [x * 2, x - 1], 7.0), (4,)),
    op("isclose", lambda x, y: [ops.isclose(x, y), ops.isclose(x, x, equal_nan=True), ops.allclose(x, y)],
       X, X + np.float32(1e-6)),
    op("with arrays", lambda x: [x + np.arange(3, dtype="float32"), x * np.array([[1], [2]], "int32")], (2, 3)),
    op("nextafter", lambda x, y: ops.nextafter(x, y), floats(3, 4), floats(3, 4, seed=1)),
]  # fmt: skip

REDUCED = "sum prod max min mean std var all any argmax argmin logsumexp count_nonzero"
REDUCTIONS = [
    each("reductions", REDUCED, floats(3, 4, 5)),
    op("reductions of an axis", lambda x: [getattr(ops, name)(x, axis=1) for name in REDUCED.split()], (4, 5)),
    op("reductions that keep dims", lambda x: [getattr(ops, name)(x, axis=-1, keepdims=True)
                                               for name in REDUCED.split() if name != "count_nonzero"], (4, 5)),
    op("reductions of axes", lambda x: [getattr(ops, name)(x, axis=(0, -1))
                                        for name in ("sum", "prod", "max", "min", "mean", "std", "all", "logsumexp")],
       (4, 5)),
    each("reductions of integers", "sum max min mean std var argmax argmin any", integers(-9, 10, 2, 3)),
    op("product of integers", lambda x: ops.prod(x, axis=1), integers(-9, 10, 2, 3)),
    each("reductions of NaN", "sum max min mean argmax argmin logsumexp", X),
    each("reductions over NaN", "nansum nanmean nanmax nanmin nanvar nanstd nanprod nanargmax nanargmin",
         np.where(BOOLS, POSITIVE, np.nan).astype("float32")),
    op("quantiles", lambda x: [ops.median(x, 1), ops.median(x[0]), ops.quantile(x[0], 0.3), ops.median(x, (1, 2)),
                               ops.quantile(x[0], np.float32([0.1, 0.8])), ops.percentile(x[0], 20, method="higher")],
       floats(3, 4, 5)),
    op("initial", lambda x: [ops.max(x, axis=1, initial=0.5), ops.min(x, initial=0.1)], (4, 5)),
    op("average", lambda x: [ops.average(x, 1), ops.average(x, 1, np.arange(1.0, 5.0, dtype="float32"))], (4, 5)),
    op("moments", lambda x: ops.moments(x, axes=[1]), (4, 5)),
    op("running", lambda x: [ops.cumsum(x, 1), ops.cumprod(x, -1), ops.cumsum(x)], (4, 5)),
    op("running integers", lambda x: [ops.cumsum(x, 1), ops.cumprod(x, 1)], N),
    op("sorted", lambda x: [ops.sort(x), ops.sort(x, 1), ops.argsort(x), *ops.top_k(x, 2)], (4, 5)),
    op("nothing", lambda x: [ops.sum(x[:, :0], 1), ops.prod(x[:, :0], 1)], (4, 5)),
]  # fmt: skip

SHAPED = [
    op("reshape", lambda x: [ops.reshape(x, (-1, 6)), ops.reshape(x, (-1, 4, 3, 1)), ops.ravel(x)], (4, 3)),
    op("transpose", lambda x: [ops.transpose(x), ops.transpose(x, (0, 2, 1)), ops.swapaxes(x, 1, -1)], (4, 3)),
    op("moveaxis", lambda x: [ops.moveaxis(x, 1, -1), ops.moveaxis(x, (0, 1), (-1, 0))], (4, 3, 2)),
    op("expand_dims", lambda x: [ops.expand_dims(x, 1), ops.expand_dims(x, (0, -1)), ops.squeeze(x, -1)], (4, 1)),
    op("squeeze", lambda x: ops.squeeze(x), (4, 1, 3)),
    op("concatenate", lambda x, y: [ops.concatenate([x, y, x], -1), ops.concatenate([x, x], 0)], (4, 3), (4, 2)),
    op("concatenate unlike", lambda x, y: ops.concatenate([x, y], 1), (3,), integers(0, 9, 3, 2)),
    op("stack", lambda x, y: [ops.stack([x, y]), ops.stack([x, y], -1), ops.hstack([x, y]), ops.vstack([x, y]),
                              ops.dstack([x, y]), ops.append(x, y)], (4,), (4,)),
    op("split", lambda x: [*ops.split(x, 2, 1), *ops.split(x, [1, 3], -1), *ops.array_split(x, 3, axis=-1)], (4, 5)),
    op("split by number", lambda x: [*ops.hsplit(x, 2), *ops.unstack(x, 4, 1)], (4, 5)),
    op("tile", lambda x: [ops.tile(x, (1, 2, 3)), ops.tile(x, 2), ops.repeat(x, 3, 1), ops.repeat(x, 2)], (4, 3)),
    op("broadcast_to", lambda x: ops.broadcast_to(x, (3, 5, 4)), np.ones((3, 1, 4), "float32")),
    op("flip", lambda x: [ops.flip(x), ops.flip(x, 1), ops.fliplr(x), ops.roll(x, 1), ops.roll(x, -2, 1),
                          ops.rot90(x, axes=(1, 2)), ops.rot90(x, 3, (1, 2))], (4, 3)),
    op("pad", lambda x: [ops.pad(x, ((0, 0), (1, 2), (0, 1))), ops.pad(x, ((0, 0), (1, 2), (0, 0)), "reflect"),
                         ops.pad(x, ((0, 0), (1, 1), (1, 1)), "symmetric"), ops.pad(x, 1, constant_values=2.0)],
       (4, 3)),
    op("filled", lambda x: [ops.ones_like(x), ops.zeros_like(x, dtype="int32"), ops.full_like(x, 3)], (4, 3)),
    op("meshgrid", lambda x, y: [*ops.meshgrid(x[0], y[0]), *ops.meshgrid(x[0], y[0], indexing="ij")], (4,), (3,)),
    op("triangles", lambda x: [ops.tril(x), ops.triu(x, 1), ops.tril(x, -1), ops.trace(x, axis1=1, axis2=2),
                               ops.diagonal(x, axis1=1, axis2=2), ops.diagonal(x, 1, 1, 2)], (4, 5)),
    op("diag", lambda x: [ops.diag(x[0]), ops.diag(x[0], 1), ops.diagflat(x[0], -2)], (4,)),
    model("ops/sizes that the data say", lambda: _dynamic(), floats(2, 5, 3)),
]  # fmt: skip


def _rearranged() -> Any:
    x = keras.Input(batch_shape=(3, 4, 6))
    patterns = ("b h w -> b w h", "b (h g) w -> b h (w g)", "b h w -> (b h) w")
    return keras.Model(x, [ops.rearrange(x, item, **({"g": 2} if "g" in item else {})) for item in patterns])


def _dynamic() -> Any:
    x = keras.Input((None, 3))
    return keras.Model(x, [ops.reshape(x, (-1, 3)), x[:, 1:], x[:, -2:], x[:, :3], x[:, ::2], x[:, -1],
                           ops.mean(x, 1), ops.roll(x, 1, 1), ops.flip(x, 1), ops.concatenate([x, x], 1)])  # fmt: skip


INDEXED = [
    op("slices", lambda x: [x[:, 1:3], x[..., 0], x[:, ::2, 1:], x[:, ::-1], x[:, None, ..., 1:2], x[:, -1],
                            x[:, 3:0:-2], x[:, 5:9], x[0], x[-1, :, 0]], (5, 4)),
    op("take", lambda x: [ops.take(x, [0, 2, -1], 1), ops.take(x, 1, -1), ops.take(x, [[0, 1], [2, 3]])], (4, 5)),
    op("take at places", lambda x, i: ops.take(x, i, 1), (4, 5), np.int32([[0, -1], [3, 9], [-7, 2]])),
    op("take_along_axis", lambda x, i: ops.take_along_axis(x, i, 1), (4,), np.int32([[0, -1], [3, 9], [2, 2]])),
    op("one_hot", lambda x: [ops.one_hot(x, 5), ops.one_hot(x, 4, axis=1, dtype="int32"), ops.multi_hot(x, 6)],
       integers(-1, 6, 3, 4)),
    op("slice", lambda x: [ops.slice(x, (0, 1, 1), (3, 2, 3)), ops.slice_update(x, (1, 1, 1), np.ones((1, 2, 2), "f"))],
       floats(3, 4, 5)),
    op("scatter", lambda i, v: ops.scatter(i, v, (6, 2)), np.int32([[1], [4], [1]]), floats(3, 2)),
    op("scatter_update", lambda x, v: ops.scatter_update(x, [[1, 0], [2, 3]], v), floats(3, 4), floats(2)),
    op("segments", lambda x: [ops.segment_sum(x, np.int32([0, 2, 0]), 4), ops.segment_max(x, np.int32([0, 1, 0]), 2)],
       (4,)),
    op("bins", lambda x: [ops.digitize(x, np.float32([-0.5, 1.0])), ops.searchsorted(np.float32([-1, 0, 1]), x[0])],
       (4,)),
    op("in_top_k", lambda t, p: ops.in_top_k(t, p, 2), np.int32([0, 2, 1]), floats(3, 4)),
    op("isin", lambda x: ops.isin(x, [1, 3, -2]), N),
    op("extract_sequences", lambda x: ops.extract_sequences(x, 3, 2), (8,)),
    op("diff", lambda x: [ops.diff(x), ops.diff(x, 2, axis=1)], (4, 5)),
]  # fmt: skip

LINEAR = [
    op("matmul", lambda x, y: [x @ y, ops.matmul(x, np.ones((3, 2), "float32")), ops.dot(x, np.ones((3, 2), "f"))],
       (4, 3), (3, 5)),
    op("matmul of vectors", lambda x, y: [ops.matmul(x, y), ops.vdot(y, y), ops.inner(x, y)], (4, 3), floats(3)),
    op("matmul of unlike stacks", lambda x, y: ops.matmul(x, y), (2, 4, 3), floats(3, 5)[None]),
    op("matmul of integers", lambda x, y: ops.matmul(x, y), integers(-9999, 9999, 2, 3, 4), integers(-9, 9, 2, 4, 2)),
    op("einsum", lambda x, y: [ops.einsum("bij,bkj->bik", x, y), ops.einsum("bij->bji", x), ops.einsum("...ij->...", x),
                               ops.einsum("bij,bkj->b", x, y), ops.einsum("...j,...j", x, y[:, :4])], (4, 3), (5, 3)),
    op("einsum of three", lambda x, y: ops.einsum("bij,kj,bk->bi", x, np.eye(3, dtype="f"), y), (4, 3), (3,)),
    model("ops/rearrange", lambda: _rearranged(), floats(3, 4, 6), eager=True),
    op("tensordot", lambda x, y: [ops.tensordot(x, y, 1), ops.tensordot(x, y, [[1], [0]])], (4,), floats(4, 2)),
    op("outer", lambda x, y: [ops.outer(x, y), ops.cross(x, y), ops.kron(x, y)], (3,), (3,)),
    op("norm", lambda x: [ops.norm(x), ops.norm(x[0], "fro"), ops.norm(x[0], 1), ops.norm(x[0, 0], 3),
                          ops.norm(x[0], np.inf)], (4, 3)),
    op("solved", lambda x, y: [ops.det(x), ops.inv(x), ops.solve(x, y), *ops.slogdet(x), ops.solve_triangular(x, y)],
       floats(2, 3, 3) + 3 * np.eye(3, dtype="f"), floats(2, 3, 2), tolerance=1e-4),
    op("cholesky", lambda x: ops.cholesky(x @ ops.transpose(x, (0, 2, 1))), floats(2, 3, 3) + np.eye(3, dtype="f")),
    op("qr", lambda x: ops.qr(x), (4, 3)),
    op("eigenvalues", lambda x: [ops.eigh(x + ops.transpose(x, (0, 2, 1)))[0], ops.svd(x, compute_uv=False)],
       floats(2, 3, 3)),
    op("trapezoid", lambda x: [ops.trapezoid(x), ops.vander(x[0], 3)], (5,)),
]  # fmt: skip

ACTIVATIONS = ("relu relu6 sigmoid softplus softsign silu leaky_relu hard_sigmoid hard_silu elu selu gelu celu "
               "tanh_shrink hard_tanh sparse_plus sparse_sigmoid squareplus log_sigmoid soft_shrink "
               "hard_shrink")  # fmt: skip
IMAGE = (9, 8, 4)
NEURAL = [
    each("activations", ACTIVATIONS, floats(3, 20, scale=3)),
    op("activations with arguments", lambda x: [
        ops.leaky_relu(x, 0.3), ops.elu(x, 0.5), ops.celu(x, 2.0), ops.gelu(x, approximate=False), ops.glu(x),
        ops.hard_shrink(x, 0.2), ops.soft_shrink(x, 0.2), ops.threshold(x, 0.3, 9.0), ops.squareplus(x, 2)], (4, 6)),
    op("softmax", lambda x: [ops.softmax(x), ops.softmax(x, (1, 2)), ops.log_softmax(x, 1), ops.sparsemax(x)], (4, 6)),
    op("layer_normalization", lambda x: [
        ops.layer_normalization(x), ops.layer_normalization(x, np.arange(1, 7.0, dtype="f"), np.ones(6, "f")),
        ops.rms_normalization(x), ops.rms_normalization(x, np.arange(6.0, dtype="f"), epsilon=1e-3)], (4, 6)),
    op("normalize", lambda x: [ops.normalize(x), ops.normalize(x, 1, 1), ops.normalize(x, (1, 2))], (4, 6)),
    op("batch_normalization", lambda x: ops.batch_normalization(
        x, np.arange(6.0, dtype="f"), np.arange(1, 7.0, dtype="f"), -1, scale=np.full(6, 2.0, "f")), (4, 6)),
    op("attention", lambda q, k, v: [
        ops.dot_product_attention(q, k, v), ops.dot_product_attention(q, k, v, is_causal=True, scale=0.3),
        ops.dot_product_attention(q, k, v, mask=np.tri(4, 5, dtype=bool)[None, None])],
       (4, 2, 3), (5, 2, 3), (5, 2, 3)),
    op("crossentropy", lambda t, y: [
        ops.categorical_crossentropy(ops.softmax(t), ops.softmax(y)), ops.binary_crossentropy(ops.sigmoid(t), y, True),
        ops.binary_crossentropy(ops.sigmoid(t), ops.sigmoid(y)), ops.categorical_crossentropy(t, y, True),
        ops.sparse_categorical_crossentropy(ops.argmax(t, -1), y, True)], (5,), (5,)),
    op("conv", lambda x: [
        ops.conv(x, floats(3, 2, 4, 5), 2, "same"), ops.conv(x, floats(3, 3, 4, 6), dilation_rate=2),
        ops.depthwise_conv(x, floats(2, 2, 4, 2)),
        ops.separable_conv(x, floats(3, 3, 4, 1), floats(1, 1, 4, 2), 1, "same")], IMAGE),
    op("computed kernel", lambda x, k: ops.conv(x, k[0], 1, "same"), (9, 3), floats(1, 3, 3, 2)),
    op("pools", lambda x: [ops.max_pool(x, (2, 2), (2, 2)), ops.average_pool(x, (3, 2), (1, 1), "same"),
                           ops.max_pool(x, (3, 3), (2, 2), "same"),
                           ops.adaptive_average_pool(x, (3, 4))], IMAGE),
    op("blocks", lambda x: [ops.depth_to_space(x, 2), ops.space_to_depth(x[:, 1:], 2)], IMAGE),
]  # fmt: skip

IMAGES = [
    op("colours", lambda x: [ops.image.rgb_to_grayscale(x), ops.image.rgb_to_hsv(x), ops.image.hsv_to_rgb(x)],
       np.abs(floats(2, 3, 4, 3, scale=0.3))),
    op("grey is a maximum", lambda x: ops.image.rgb_to_hsv(ops.round(x)), floats(2, 4, 5, 3)),
    op("margins", lambda x: [ops.image.pad_images(x, 1, 2, target_height=9, target_width=9),
                             ops.image.pad_images(x, 0, 1, 2, 3), ops.image.crop_images(x, 1, 2, 1, 0),
                             ops.image.crop_images(x, 1, 1, target_height=3, target_width=2)], (5, 4, 2)),
    op("resize", lambda x: [ops.image.resize(x, (7, 3)), ops.image.resize(x, (3, 9), "nearest"),
                            ops.image.resize(x, (4, 4), "bicubic"), ops.image.resize(x[0], (6, 6))], (5, 4, 2)),
    op("patches", lambda x: [ops.image.extract_patches(x, (2, 2)),
                             ops.image.extract_patches(x, (3, 2), (1, 1), padding="same")], (5, 4, 2)),
]  # fmt: skip

MIXED = [
    model("ops/among layers", lambda: _among(), floats(3, 4)),
    op("uint8", lambda x: [_bytes(x) / 255, ops.cast(_bytes(x), "int32") * 2, _bytes(x) > 7, ops.mean(_bytes(x))],
       integers(-500, 500, 3, 4)),
    op("uint8 arithmetic", lambda x: _bytes(x) * 2, integers(0, 256, 3, 4), refused="it computes in uint8"),
    op("nonzero", lambda x: ops.nonzero(x), (4,), refused="depends on the data"),
    op("rfft", lambda x: ops.rfft(x)[0], (4,), refused="complex"),
]  # fmt: skip


def _bytes(x: Any) -> Any:
    return ops.cast(x, "uint8")


def _among() -> Any:
    """Layers and operations of the same names: files number layers alone."""
    x = keras.Input((4,))
    y = keras.layers.Add()([keras.layers.Dense(4)(x) * 2 + x, x])
    z = ops.add(keras.layers.Dense(4)(y), keras.layers.Add()([x, y]))
    return keras.Model(x, keras.layers.Dense(3)(ops.relu(z)))


ROWS = [*UNARY, *BINARY, *REDUCTIONS, *SHAPED, *INDEXED, *LINEAR, *NEURAL, *IMAGES, *MIXED]
