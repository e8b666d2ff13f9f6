"""Configurations that ask for code: what they name must be refused by name, and never be looked up."""

from __future__ import annotations

import base64
import marshal
from pathlib import Path
from typing import Any

DENSE = {"class_name": "Dense", "config": {"name": "dense", "units": 3, "batch_input_shape": [None, 2]}}


def touching(path: Path) -> str:
    """The bytecode of a function that makes a file, as Keras stores the function of a Lambda layer."""
    code = compile(f"open({str(path)!r}, 'w').close()", "lambda", "exec")
    return base64.b64encode(marshal.dumps(code)).decode()


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential of these layers."""
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [DENSE, *layers]}}


def layer(kind: str, module: str = "", **config: Any) -> dict[str, Any]:
    """A layer of a class, which lies in a module where that is given."""
    place = {"module": module, "registered_name": f"{module}>{kind}"} if module else {}
    return {"class_name": kind, "config": {"name": kind.lower(), **config}, **place}


def bytecode(path: Path) -> dict[str, Any]:
    """A Lambda of tf-keras whose function makes a file."""
    return layer("Lambda", function=[touching(path), None, None], function_type="lambda", output_shape=None)


def of_layers(name: str) -> dict[str, Any]:
    """A model with Python code in it, or with a class of one's own."""
    return sequential(bytecode(Path("made")) if name == "code" else layer("Mine", "mine.layers"))
