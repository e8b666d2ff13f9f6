"""Faults of conversion: what was written is not what the source means, or the lowering, or a pass, is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flax.linen as nn
import flax.serialization
import jax
import jax.numpy as jnp
import keras
import numpy as np

from tests.sources.tensorflow.reading.models import unpacked
from tests.verification.bisect.room import (
    Fault,
    Faulty,
    Json,
    Room,
    attribute,
    node_of,
    numbers,
    plus,
    reweighed,
    rewritten,
    swapped,
)
from totfjs.graph.builder import Tensor
from totfjs.passes import fold_batch_norm, fuse_activation
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.jax import lower as jax_lower
from totfjs.sources.jax.primitives import rules
from totfjs.sources.keras.layers import activations

PARAMS = {"first": {"kernel": numbers(8, 8)}, "second": {"kernel": numbers(8, 4, seed=1), "bias": numbers(4, seed=2)}}


def mlp(params: Any, x: Any) -> Any:
    """Two dense layers, and what is left of the first one."""
    h = jnp.tanh(x @ params["first"]["kernel"])
    return h @ params["second"]["kernel"] + params["second"]["bias"] - 0.5 * h[:, :4]


def of_mlp(room: Room, **options: Any) -> Faulty:
    """The web model of the function, which is right so far."""
    room.convert(mlp, inputs={"x": ("n", 8)}, weights=PARAMS, **options)
    return Faulty(room.model, mlp, {"weights": PARAMS})


def wrong_weight(room: Room) -> Faulty:
    found = of_mlp(room)
    reweighed(room.model, "params/second/kernel", plus(5, 0.25))
    return found


class Net(nn.Module):
    """A small image model of Flax, with batch normalization."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        x = nn.Conv(4, (3, 3), name="conv")(x)
        x = nn.BatchNorm(use_running_average=True, name="norm")(x)
        x = nn.relu(x).mean((1, 2))
        return nn.softmax(nn.Dense(3, name="head")(x))


def of_flax(room: Room) -> Faulty:
    """A Flax module with weights from a checkpoint."""
    variables = Net().init(jax.random.key(0), jnp.ones((1, 6, 6, 2)))
    statistics = {"norm": {"mean": numbers(4), "var": np.abs(numbers(4, seed=1)) + 0.5}}
    file = room.path / "net.msgpack"
    file.write_bytes(flax.serialization.to_bytes({"params": variables["params"], "batch_stats": statistics}))
    room.convert(Net(), inputs={"image": ("b", 6, 6, 2)}, weights=str(file))
    return Faulty(room.model, Net(), {"weights": str(file)})


def wrong_kernel_of_flax(room: Room) -> Faulty:
    found = of_flax(room)
    reweighed(room.model, "params/head/kernel", plus(1, -0.5))
    return found


def swapped_subtraction(room: Room) -> Faulty:
    found = of_mlp(room)
    swapped(room.model, "mlp/Sub")
    return found


def ratio(x: Any, y: Any) -> Any:
    """A function of two inputs of the same shape."""
    return jnp.exp(x) / (jnp.exp(y) + 1.0) + y


def swapped_division(room: Room) -> Faulty:
    room.convert(ratio, inputs={"x": (3, 4), "y": (3, 4)})
    return Faulty(swapped(room.model, "ratio/RealDiv"), ratio)


def changed_op(room: Room) -> Faulty:
    found = of_mlp(room)
    rewritten(room.model, lambda document: node_of(document, "mlp/Tanh").update(op="Sigmoid"))
    return found


def leaky(x: Any) -> Any:
    """A leaky ReLU on the way."""
    return jnp.sum(jax.nn.leaky_relu(x * 2.0, 0.2), axis=1)


def changed_attribute(room: Room) -> Faulty:
    room.convert(leaky, inputs={"x": (4, 4)})
    (name,) = (node["name"] for node in _nodes(room) if node["op"] == "LeakyRelu")
    return Faulty(attribute(room.model, name, alpha={"f": 0.3}), leaky)


def changed_axis(room: Room) -> Faulty:
    room.convert(leaky, inputs={"x": (4, 4)})
    (node,) = (node for node in _nodes(room) if node["op"] == "Sum")

    def other(values: np.ndarray) -> None:
        values[:] = 0

    return Faulty(reweighed(room.model, node["input"][1], other), leaky)


def _nodes(room: Room) -> list[Json]:
    import json

    found: list[Json] = json.loads((room.model / "model.json").read_text())["modelTopology"]["node"]
    return found


def overflowing_half(room: Room) -> Faulty:
    params = {**PARAMS, "second": {**PARAMS["second"], "kernel": PARAMS["second"]["kernel"] * 1e3}}
    room.convert(mlp, inputs={"x": ("n", 8)}, weights=params, quantize={"*kernel*": "float16"})

    def overflow(values: np.ndarray) -> None:
        values[3] = np.inf

    params["second"]["kernel"][0, 3] = 7e4
    return Faulty(reweighed(room.model, "params/second/kernel", overflow), mlp, {"weights": params})


def wrong_scale(room: Room) -> Faulty:
    found = of_mlp(room, quantize={"*second*kernel*": "uint8"})

    def change(document: Json) -> None:
        (entry,) = (entry for entry in document["weightsManifest"][0]["weights"] if "quantization" in entry)
        entry["quantization"]["scale"] *= 1.5

    rewritten(room.model, change)
    return found


def patched(room: Room, primitive: str, wrong: Callable[..., Any]) -> Callable[[], None]:
    """Makes the rule of a primitive of JAX wrong; what it gives back ends that."""
    table = dict(rules())
    with_fault = {**table, primitive: wrong}
    room.patch.setattr(jax_lower, "rules", lambda: with_fault)
    return lambda: room.patch.setattr(jax_lower, "rules", lambda: table)


def lowered_once(room: Room) -> Faulty:
    end = patched(room, "tanh", lambda eqn, x: elementwise("Sigmoid", x))
    found = of_mlp(room)
    end()
    return found


def lowered_once_in_loop(room: Room) -> Faulty:
    end = patched(room, "cos", lambda eqn, x: elementwise("Cos", x * 1.25))
    found = of_turning(room)
    end()
    return found


def turning(x: Any, n: Any) -> Any:
    """A loop of as many turns as an input says."""
    return jax.lax.fori_loop(0, n, lambda i, v: jnp.cos(v) + 0.1 * x, x) * 2.0


def of_turning(room: Room) -> Faulty:
    """The loop, and how often it turns."""
    room.convert(turning, inputs={"x": (3,), "n": jax.ShapeDtypeStruct((), jnp.int32)})
    return Faulty(room.model, turning, {"data": {"x": numbers(3), "n": np.array(3, np.int32)}})


def always_wrong_tanh(room: Room) -> Faulty:
    patched(room, "tanh", lambda eqn, x: elementwise("Tanh", x) * 0.9)
    return of_mlp(room)


def nested(x: Any) -> Any:
    """Functions within functions: jit, remat, a custom rule."""

    @jax.checkpoint
    @jax.jit
    def inner(x: Any) -> Any:
        return jax.nn.silu(x) @ jnp.asarray(numbers(4, 4)) + jnp.expm1(x * 0.1)

    return inner(x) + inner(x + 1.0)


def always_wrong_inside(room: Room) -> Faulty:
    patched(room, "expm1", lambda eqn, x: elementwise("Exp", x) - 0.9)
    room.convert(nested, inputs={"x": ("n", 4)})
    return Faulty(room.model, nested)


def masked(x: Any) -> Any:
    """A choice between two values."""
    return jnp.where(x > 0.5, jnp.sin(x), x * x) + 1.0


def always_wrong_choice(room: Room) -> Faulty:
    right = rules()["select_n"]
    patched(room, "select_n", lambda eqn, which, *cases: right(eqn, which, *reversed(cases)))
    room.convert(masked, inputs={"x": (5, 3)})
    return Faulty(room.model, masked)


def always_wrong_in_loop(room: Room) -> Faulty:
    patched(room, "cos", lambda eqn, x: elementwise("Cos", x * 1.25))
    return of_turning(room)


def pass_that_folds_wrongly(room: Room) -> Faulty:
    class Wrong(fold_batch_norm.Affine):
        """Forgets what was added before."""

        def then(self, scale: Any, offset: Any) -> fold_batch_norm.Affine:
            return Wrong(self.scale * scale, self.offset * scale + offset * 0.5)

    room.patch.setattr(fold_batch_norm, "Affine", Wrong)
    return of_flax(room)


def pass_that_fuses_wrongly(room: Room) -> Faulty:
    (activation, *others) = fuse_activation.RULES

    def other(site: Any) -> Tensor | None:
        found = activation.apply(site)
        return None if found is None else found * 0.5

    room.patch.setattr(fuse_activation, "RULES", (replace(activation, apply=other), *others))

    def fused(params: Any, x: Any) -> Any:
        return jax.nn.relu(x @ params["second"]["kernel"] + params["second"]["bias"]) + 1.0

    room.convert(fused, inputs={"x": ("n", 8)}, weights=PARAMS)
    return Faulty(room.model, fused, {"weights": PARAMS})


def of_keras(room: Room, **options: Any) -> Faulty:
    """A Keras model with two branches."""
    image = keras.Input((6, 6, 2), name="image")
    x = keras.layers.Conv2D(4, 3, activation="elu", name="features")(image)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    other = keras.layers.Dense(4, activation="tanh", name="other")(keras.layers.Flatten(name="flat")(image))
    out = keras.layers.Subtract(name="difference")([x, other])
    model = keras.Model(image, keras.layers.Dense(3, name="head")(out))
    generator = np.random.default_rng(0)
    model.set_weights([generator.normal(size=w.shape).astype(np.float32) for w in model.get_weights()])
    room.convert(model, **options)
    return Faulty(room.model, model)


def always_wrong_activation(room: Room) -> Faulty:
    right = activations.FUNCTIONS["elu"]
    wrong = {**activations.FUNCTIONS, "elu": lambda x: right(x) * 1.1}
    room.patch.setattr(activations, "FUNCTIONS", wrong)
    return of_keras(room, to="graph")


def swapped_in_keras(room: Room) -> Faulty:
    found = of_keras(room, to="graph")
    swapped(room.model, "difference/Sub")
    return found


def wrong_weight_of_layers(room: Room) -> Faulty:
    found = of_keras(room, to="layers")
    reweighed(room.model, "other/kernel", plus(7, 2.0))
    return found


def of_keras_file(room: Room) -> Faulty:
    """The same from a file, whose layers are read."""
    found = of_keras(room, to="graph")
    found.against.save(room.path / "model.keras")
    return Faulty(room.model, room.path / "model.keras")


def wrong_kernel_of_keras_file(room: Room) -> Faulty:
    found = of_keras_file(room)
    reweighed(room.model, "head/kernel", plus(2, 1.0))
    return found


def of_saved_model(room: Room) -> Faulty:
    """A SavedModel that TensorFlow wrote."""
    saved = unpacked("keras3", room.path / "saved")
    room.convert(saved, to="graph", source_format="saved_model")
    return Faulty(room.model, saved)


def wrong_weight_of_saved_model(room: Room) -> Faulty:
    found = of_saved_model(room)
    largest = max((node for node in _entries(room) if node["dtype"] == "float32"), key=lambda e: np.prod(e["shape"]))
    reweighed(room.model, largest["name"], plus(0, 3.0))
    return found


def _entries(room: Room) -> list[Json]:
    import json

    found: list[Json] = json.loads((room.model / "model.json").read_text())["weightsManifest"][0]["weights"]
    return found


def narrowed_while_written(room: Room) -> Faulty:
    """A reader of weights that drops a column, but only while the model is converted."""
    with room.patch.context() as patch:
        right = jax_lower.Lowering.weight

        def wrong(self: Any, weight: Any) -> Any:
            values = np.array(weight.leaf)
            if weight.name.endswith("second/kernel"):
                values[:, 1] = 0
            return right(self, replace(weight, leaf=values))

        patch.setattr(jax_lower.Lowering, "weight", wrong)
        return of_mlp(room)


FAULTS = (
    Fault("a wrong weight", wrong_weight, "params/second/kernel", "weight"),
    Fault("a wrong kernel of a flax module", wrong_kernel_of_flax, "params/head/kernel", "weight"),
    Fault("a swapped subtraction", swapped_subtraction, "mlp/Sub", "inputs"),
    Fault("a swapped division", swapped_division, "ratio/RealDiv", "inputs"),
    Fault("another op", changed_op, "mlp/Tanh", "op"),
    Fault("another attribute", changed_attribute, "leaky/SelectV2", "attributes"),
    Fault("another axis", changed_axis, "leaky/Sum", "attributes"),
    Fault("a half that overflows", overflowing_half, "params/second/kernel", "weight"),
    Fault("a wrong scale", wrong_scale, "params/second/kernel", "weight"),
    Fault("a column lost while writing", narrowed_while_written, "params/second/kernel", "weight"),
    Fault("a lowering that was wrong", lowered_once, "mlp/Sigmoid", "op"),
    Fault("a lowering that was wrong in a loop", lowered_once_in_loop, "turning/Mul", "attributes"),
    Fault("a lowering that is wrong", always_wrong_tanh, "mlp/Mul", "lowering", step="tanh"),
    Fault("a lowering that is wrong in remat and jit", always_wrong_inside, "nested/Sub", "lowering", step="expm1"),
    Fault("a choice the wrong way round", always_wrong_choice, "masked/SelectV2", "lowering", step="select_n"),
    Fault("a lowering that is wrong in a loop", always_wrong_in_loop, "turning/Exit_1", "lowering", step="while"),
    Fault("a pass that folds wrongly", pass_that_folds_wrongly, "Net/Relu", "pass", step="fold_batch_norm"),
    Fault("a pass that fuses wrongly", pass_that_fuses_wrongly, "fused/Relu", "pass", step="fuse_activation"),
    Fault(
        "a layer that is lowered wrongly", always_wrong_activation, "features/Mul", "lowering", step="features (Conv2D)"
    ),
    Fault("a swapped subtraction of keras", swapped_in_keras, "difference/Sub", "inputs"),
    Fault("a wrong weight of a layers model", wrong_weight_of_layers, "other/kernel", "weight"),
    Fault("a wrong weight of a keras file", wrong_kernel_of_keras_file, "head/kernel", "weight"),
    Fault("a wrong weight of a saved model", wrong_weight_of_saved_model, "alpha/kernel_1", "weight"),
)
