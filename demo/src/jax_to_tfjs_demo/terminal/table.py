"""Rows in columns that line up, numbers at the right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jax_to_tfjs_demo.terminal.colour import Colours
from jax_to_tfjs_demo.terminal.width import ESCAPE, pad, width

# an amount, perhaps with what it counts: 12,300  98.4 %  1.2 MB  3e-7  0.5 ms
AMOUNT = re.compile(
    r"[+\-−<≤~≈]?\s?\d[\d,]*(\.\d+)?(e[+-]?\d+)?(\s?(%|×|[kKMGT]?i?B|[mµn]?s|s|min|points?|images(/s)?))?"
)
NOTHING = ("", "-", "–", "—")
BETWEEN = "  "


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, colours: Colours | None = None) -> str:
    """The rows under their headings, as lines. A column of amounts is flush right; `None` is shown as `–`."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    for row in cells:
        if len(row) != len(headings):
            raise ValueError(f"a row has {len(row)} cells under {len(headings)} headings: {row}")
    columns = [list(column) for column in zip(headings, *cells, strict=True)]
    lines = zip(*map(_column, columns), strict=True)
    heading, *below = (BETWEEN.join(line).rstrip() for line in lines)
    return "\n".join([(colours or Colours(False)).bold(heading), *below])


def _column(cells: list[str]) -> list[str]:
    wide = max(map(width, cells))
    right = _of_amounts(cells[1:])
    return [pad(cell, wide, right=right) for cell in cells]


def _of_amounts(cells: list[str]) -> bool:
    told = [ESCAPE.sub("", cell) for cell in cells if cell not in NOTHING]
    return bool(told) and all(AMOUNT.fullmatch(cell) for cell in told)


def _shown(cell: object) -> str:
    return "–" if cell is None else str(cell)
