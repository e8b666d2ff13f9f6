"""How numbers read: few digits, units, and a word where there is no number."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

NONE = "–"


def number(value: float | None, digits: int = 3) -> str:
    """A measure: `1.2e-7`, `0`, `0.25`, `NaN`."""
    if value is None:
        return NONE
    if not isfinite(value):
        return "NaN" if value != value else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}".replace("-", "−")
    mantissa, _, power = f"{value:.{digits - 2}e}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(power)}".replace("-", "−")


def share(value: float | None) -> str:
    """A part of a whole in percent, of which 100 % is said only of all."""
    if value is None:
        return NONE
    text = f"{100 * value:.2f}"
    if value < 1 and text == "100.00":
        return "> 99.99 %"
    return ("100" if value == 1 else text) + " %"


def milliseconds(value: float) -> str:
    """A time."""
    return f"{value / 1000:,.2f} s" if value >= 10000 else f"{value:,.1f} ms" if value < 100 else f"{value:,.0f} ms"


def sizes_text(sizes: Mapping[str, int]) -> str:
    """The sizes of the dynamic dims: `b = 2, t = 5`."""
    return ", ".join(f"{name}\xa0=\xa0{size:,}" for name, size in sizes.items()) or NONE


def listed(names: list[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
