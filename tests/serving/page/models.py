"""Small models of every kind that the page has to know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import totfjs
from tests.runtime import graphs

WEIGHTS = np.random.default_rng(0).standard_normal((28 * 28, 10)).astype(np.float32)
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def _digits(image: Any) -> Any:
    return image.reshape(image.shape[0], -1) @ WEIGHTS


def _photo(image: Any) -> Any:
    return {"same": image * 1.0, "mean": image.mean((1, 2))}


def _mixed(x: Any, n: Any, yes: Any) -> Any:
    return {"total": jnp.where(yes, x.sum(), -x.sum()), "count": n * 2, "outer": x[:, None] * n[None, :3]}


def _pairs(a: Any, b: Any) -> Any:
    return {"product": a @ b}


def _turns(x: Any) -> Any:
    return jax.lax.while_loop(lambda y: y.sum() < 100.0, lambda y: y * 2.0, x)


CONVERTED: Mapping[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "digits": (_digits, {"image": ("b", 28, 28, 1)}),
    "photo": (_photo, {"image": ("b", 12, 16, 3)}),
    "mixed": (_mixed, {"x": (4,), "n": "int32[5]", "yes": "bool[]"}),
    "pairs": (_pairs, {"a": ("n", 3), "b": (3, "k")}),
    "turns": (_turns, {"x": (3,)}),
}
WRITTEN: Mapping[str, tuple[Callable[[], dict[str, Any]], Callable[[], bytes] | None]] = {
    "layers": (graphs.layers, graphs.dense_weights),
    "text": (lambda: graphs.identity("string", (-1,)), None),
}


def write(name: str, folder: Path) -> Path:
    """Makes a model in a directory."""
    if name in CONVERTED:
        function, inputs = CONVERTED[name]
        totfjs.convert(function, folder, inputs=inputs, verify="off", shard_size="16KiB")
        if name == "digits":
            _label(folder / "model.json")
        return folder
    document, weights = WRITTEN[name]
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(document()), encoding="utf-8")
    if weights is not None:
        (folder / "weights.bin").write_bytes(weights())
    return folder


def _label(path: Path) -> None:
    document = json.loads(path.read_bytes())
    document["userDefinedMetadata"]["labels"] = DIGITS
    path.write_text(json.dumps(document), encoding="utf-8")
