"""Every row of the table: loaded strictly by tfjs-layers it computes what Keras computes, or it is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sources.keras.browser.expected import UNLIKE, reason
from tests.sources.keras.browser.loaded import fed, layers_of, session
from tests.sources.keras.row import Row, built, outputs, table
from tests.sources.keras.test_table import compare
from totfjs.errors import TotfjsError

ROWS = [row for row in table() if not row.refused and not row.label.endswith(UNLIKE)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_layer_is_exact_in_tfjs_layers_or_refused(engine: Any, row: Row, tmp_path: Path) -> None:
    model, why = built(row), reason(row.label)
    if why is not None:
        with pytest.raises(TotfjsError, match=why):
            layers_of(model)
        return
    made, expected = layers_of(model), outputs(model, row.inputs, row.eager)
    for backend in ("cpu", "wasm"):
        with session(engine, made, tmp_path / "web", backend) as loaded:
            found = loaded.execute(fed(loaded, row.inputs))
        compare(found, dict(zip(found, expected, strict=True)), row.tolerance)


def test_every_pattern_of_what_is_refused_fits_a_row() -> None:
    from tests.sources.keras.browser.expected import REFUSED

    labels = [row.label for row in table()]
    assert [pattern for pattern, _ in REFUSED if not any(re.fullmatch(pattern, label) for label in labels)] == []
