"""Configurations that ask for code, for other files, or for any amount of memory."""

from __future__ import annotations

import base64
import json
import marshal
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Config = dict[str, Any]
MADE = "made"  # a file that code from a model would make
DENSE: Config = {"class_name": "Dense", "config": {"name": "dense", "units": 3, "batch_input_shape": [None, 2]}}


def touching() -> str:
    """The bytecode of a function that makes a file, as Keras stores the function of a Lambda layer."""
    return base64.b64encode(marshal.dumps(compile(f"open({MADE!r}, 'w').close()", "lambda", "exec"))).decode()


def sequential(*layers: Config, **dense: Any) -> Config:
    """A Sequential of a Dense layer and these."""
    first = {"class_name": "Dense", "config": {**DENSE["config"], **dense}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first, *layers]}}


def layer(kind: str, module: str = "", **config: Any) -> Config:
    """A layer of a class, which lies in a module where that is given."""
    place = {"module": module, "registered_name": f"{module}>{kind}"} if module else {}
    return {"class_name": kind, "config": {"name": kind.lower(), **config}, **place}


def function(module: str, name: str) -> Config:
    """A function as Keras 3 writes it."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def of_layers(name: str) -> Config:
    """A model with Python code in it (`code`), or with a class of one's own."""
    if name == "code":
        return sequential(layer("Lambda", function=[touching(), None, None], function_type="lambda"))
    return sequential(layer("Mine", "mine.layers"))


def write(path: Path, config: Config) -> None:
    """A whole model in HDF5, with weights for its Dense layer."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"], file.attrs["keras_version"] = json.dumps(config), "3.15.1"
        file.create_group("model_weights").attrs["layer_names"] = [b"dense"]
        file.create_group("model_weights/dense").attrs["weight_names"] = [b"kernel", b"bias"]
        file["model_weights/dense/kernel"], file["model_weights/dense/bias"] = np.ones((2, 3), "f4"), np.ones(3, "f4")


def write_archive(path: Path, config: Config) -> None:
    """A whole model as an archive, whose weights are those of one Dense layer."""
    with h5py.File(path.with_suffix(".part"), "w") as file:
        file["layers/dense/vars/0"], file["layers/dense/vars/1"] = np.ones((2, 3), "f4"), np.ones(3, "f4")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.write(path.with_suffix(".part"), "model.weights.h5")
    path.with_suffix(".part").unlink()


def tensor(name: str, call: Any = 0, output: Any = 0) -> Config:
    """A tensor of a functional model."""
    history = [name, call, output]
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 2], "dtype": "float32", "keras_history": history},
    }


def functional(fed: Config, outputs: Any = ("dense", 0, 0)) -> Config:
    """A functional model of a Dense layer that is fed with this tensor."""
    image = {"class_name": "InputLayer", "name": "a", "inbound_nodes": [],
             "config": {"name": "a", "batch_shape": [None, 2], "dtype": "float32"}}  # fmt: skip
    dense = {"class_name": "Dense", "name": "dense", "config": {"name": "dense", "units": 3},
             "inbound_nodes": [{"args": [fed], "kwargs": {}}]}  # fmt: skip
    config = {"name": "f", "layers": [image, dense], "input_layers": [["a", 0, 0]], "output_layers": [list(outputs)]}
    return {"class_name": "Functional", "config": config}


LAMBDA = {"class_name": "__lambda__", "config": {"code": touching(), "defaults": None, "closure": None}}
SYSTEM = function("os", "system")
OBJECTS = {"class_name": "__numpy__", "config": {"value": [SYSTEM], "dtype": "O"}}
VALUES = {"class_name": "__numpy__", "config": {"value": ["a", "b"], "dtype": "S2000000000"}}

# What is asked for, and what must be said.
CONFIGS: dict[str, tuple[Config, str]] = {
    "bytecode of tf-keras": (of_layers("code"), "Python code, which totfjs never runs"),
    "bytecode of Keras 3": (sequential(layer("Lambda", function=LAMBDA)), "never runs"),
    "bytecode within a wrapper": (
        sequential(layer("TimeDistributed", layer=layer("Lambda", function=LAMBDA))), "never runs",
    ),
    "bytecode for an activation": (sequential(activation=LAMBDA), "never runs code of a file"),
    "function of a module for an activation": (sequential(activation=SYSTEM), "activation"),
    "name of a function for an activation": (sequential(activation="os.system"), "activation"),
    "expression for an activation": (sequential(activation=f"open({MADE!r}, 'w')"), "activation"),
    "switch that makes Keras careless": (
        sequential(activation=function("keras.config", "enable_unsafe_deserialization")), "activation",
    ),
    "class of the standard library": (
        sequential(layer("Popen", "subprocess", args=["touch", MADE])), "own, of subprocess",
    ),
    "function of the interpreter": (sequential(layer("exec", "builtins", object=MADE)), "own, of builtins"),
    "registered class": (sequential(layer("os>system", command=f"touch {MADE}")), "own, of os"),
    "class of one's own under Keras' name": (sequential(layer("Dense", "mine", name="other", units=3)), "own, of mine"),
    "pickled module of torch": (sequential(layer("TorchModuleWrapper", module_=touching())), "TorchModuleWrapper"),
    "SavedModel to be loaded": (sequential(layer("TFSMLayer", filepath="canary.h5")), "TFSMLayer"),
    "function of JAX": (sequential(layer("JaxLayer", call_fn=SYSTEM)), "JaxLayer"),
    "vocabulary in another file": (sequential(layer("StringLookup", vocabulary="canary.h5")), "stringlookup"),
    "vocabulary in the net": (sequential(layer("StringLookup", vocabulary="hf://a/b")), "stringlookup"),
    "text of gigabytes": (sequential(layer("Rescaling", scale=VALUES)), "dtype"),
    "objects for an array": (sequential(layer("Rescaling", scale=OBJECTS)), "dtype"),
    "class that is a number": (sequential({"class_name": 3, "config": {}}), "no class_name and config"),
    "layer that is a text": (sequential("Dense"), "a layer has no class_name and config"),  # type: ignore[arg-type]
    "layers that are a number": ({"class_name": "Sequential", "config": {"name": "s", "layers": 3}}, "cannot be read"),
    "model that is no model": ({"class_name": "os.system", "config": {"layers": []}}, "os.system"),
    "tensor of no layer": (functional(tensor("b")), "b"),
    "tensor of a call that is not there": (functional(tensor("a", 10**12)), "a"),
    "tensor of a call before the first": (functional(tensor("a", -1)), "a"),
    "tensor that is its own": (functional(tensor("dense")), "dense needs its own output"),
    "call that is a text": (functional(tensor("a", "0")), "cannot be read|a"),
    "output of no layer": (functional(tensor("a"), ("c", 0, 0)), "c"),
    "units that the file does not have": (
        sequential(units=10**12), "kernel of dense .* its arguments say ends in .1000000000000.",
    ),
    "sizes that are texts": (sequential(units="3; import os"), "ends in .3; import os."),
}  # fmt: skip

# What is understood, and harmless: what is named here is not used at inference, and nobody looks it up.
HARMLESS: dict[str, Config] = {
    "function of a module for an initializer": sequential(kernel_initializer=SYSTEM),
    "class of a module for a regularizer": sequential(
        kernel_regularizer=layer("Popen", "subprocess", args=["touch", MADE])
    ),
    "switch that makes Keras careless": sequential(
        bias_initializer=function("keras.config", "enable_unsafe_deserialization")
    ),
}
