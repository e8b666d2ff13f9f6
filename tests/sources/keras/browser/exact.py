"""What every row has to be as a layers model: exact in tfjs-layers, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.sources.keras.browser.expected import UNLIKE, reason
from tests.sources.keras.browser.loaded import fed, layers_of, session
from tests.sources.keras.row import Row, compare
from totfjs.errors import TotfjsError


def check_layers(engine: Any, row: Row, model: Any, expected: list[np.ndarray], folder: Path) -> None:
    """Loaded strictly by tfjs-layers a model computes what Keras computes, or it is refused for the expected reason."""
    if row.label.endswith(UNLIKE):
        return
    why = reason(row.label)
    if why is not None:
        with pytest.raises(TotfjsError, match=why):
            layers_of(model)
        return
    made = layers_of(model)
    for backend in ("cpu", "wasm"):
        with session(engine, made, folder / "web", backend) as loaded:
            found = loaded.execute(fed(loaded, row.inputs))
        compare(found, dict(zip(found, expected, strict=True)), row.tolerance)
