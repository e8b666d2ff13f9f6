"""The list of what tfjs-layers cannot take holds nothing that no row has; the rows themselves run in `test_table`."""

from __future__ import annotations

import re

from tests.sources.keras.browser.expected import REFUSED
from tests.sources.keras.row import table


def test_every_pattern_of_what_is_refused_fits_a_row() -> None:
    labels = [row.label for row in table()]
    assert [pattern for pattern, _ in REFUSED if not any(re.fullmatch(pattern, label) for label in labels)] == []
