"""Short forms for rows of the corpus: inputs written once for fixed and dynamic dims, seeded parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests import models
from tests.corpus.entry import Entry

# Awkward sizes of the dynamic dims. The second are those of the fixed models, so that JAX compiles each only once.
SIZES = ({"b": 1, "t": 7, "n": 4, "h": 2}, {"b": 3, "t": 5, "n": 9, "h": 3})


def row(name: str, build: Callable[[], tuple[Any, Any]], *, moving: bool = True, **options: Any) -> Entry:
    """An entry whose inputs are the options that are no fields: text such as `b,28,28,1` or `int32[b,t]`, or arrays."""
    settings = {key: options.pop(key) for key in ("asynchronous", "tolerance") if key in options}
    dynamic = {key: spec if not isinstance(spec, str) or "[" in spec else f"[{spec}]" for key, spec in options.items()}
    fixed = {key: _fixed(spec) if isinstance(spec, str) else spec for key, spec in dynamic.items()}
    moves = moving and fixed != dynamic
    return Entry(name, build, fixed, dynamic if moves else None, **settings)


def linen(name: str, make: Callable[[], Any], **inputs: Any) -> Entry:
    """An entry of a Linen module, with random variables."""

    def build() -> tuple[Any, Any]:
        module = make()
        return module, models.variables(module, *_examples(inputs))

    return row(name, build, **inputs)


def pure(name: str, function: Callable[..., Any], shapes: Mapping[str, Any] | None = None, **inputs: Any) -> Entry:
    """An entry of a function, of parameters of these shapes first where there are any."""
    return row(name, lambda: (function, None if shapes is None else parameters(shapes)), **inputs)


def parameters(shapes: Mapping[str, Any], seed: int = 0) -> dict[str, Any]:
    """Normal parameters: matrices and kernels scaled by what they sum over, the rest by a tenth; trees of them too."""
    random = np.random.default_rng(seed)
    return {name: _parameter(shape, random) for name, shape in shapes.items()}


def _parameter(shape: Any, random: np.random.Generator) -> Any:
    if isinstance(shape, Mapping):
        return {name: _parameter(item, random) for name, item in shape.items()}
    if isinstance(shape, list):
        return [_parameter(item, random) for item in shape]
    scale = 1 / np.sqrt(max(np.prod(shape[:-1]), 1)) if len(shape) > 1 else 0.1
    return random.normal(scale=scale, size=shape).astype(np.float32)


def _fixed(spec: str) -> str:
    head, _, dims = spec.partition("[")
    return f"{head}[{re.sub(r'[a-z]', lambda found: str(SIZES[1][found[0]]), dims)}"


def _examples(inputs: Mapping[str, Any]) -> list[np.ndarray]:
    found = []
    for spec in inputs.values():
        if isinstance(spec, str):
            dtype, _, dims = _fixed(spec if "[" in spec else f"[{spec}]").rstrip("]").partition("[")
            spec = np.zeros([int(dim) for dim in dims.split(",") if dim], dtype or "float32")
        found.append(spec)
    return found
