"""Learning curves as SVG: loss and accuracy by epoch, on the training images and on the test images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jax_to_tfjs_demo.training.metrics import EpochScore
from jax_to_tfjs_demo.training.svg import document, element, text

FILE = "curves.svg"
WIDTH, HEIGHT = 860, 380
PANEL_WIDTH, PANEL_HEIGHT, TOP = 340, 240, 84
LEFTS = (64, 484)


@dataclass(frozen=True)
class _Axis:
    """A scale with round ticks from one end of a panel to the other."""

    ticks: tuple[float, ...]
    low: float
    high: float

    def place(self, value: float) -> float:
        """From 0 at the low end to 1 at the high one."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class _Panel:
    title: str
    left: int
    train: tuple[float, ...]
    test: tuple[float, ...]
    epochs: tuple[int, ...]
    written: Callable[[float], str]


def curves(scores: Sequence[EpochScore], title: str = "Training") -> str:
    """The drawing of all epochs that were scored."""
    if not scores:
        raise ValueError("no epoch was scored yet")
    epochs = tuple(score.epoch for score in scores)
    losses = tuple(score.train_loss for score in scores), tuple(score.loss for score in scores)
    rates = tuple(100 * score.train_accuracy for score in scores), tuple(100 * score.accuracy for score in scores)
    panels = (
        _Panel("Loss", LEFTS[0], *losses, epochs, lambda value: f"{value:g}"),
        _Panel("Accuracy", LEFTS[1], *rates, epochs, lambda value: f"{value:g} %"),
    )
    parts = [text(title, LEFTS[0], 30, "heading"), *_legend()]
    return document(
        WIDTH, HEIGHT, title, _told(scores), [*parts, *(part for panel in panels for part in _drawn(panel))]
    )


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round numbers, 1, 2 or 5 times a power of ten apart, from at most `low` to at least `high`."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step)))
    return tuple(round(number * step, digits) for number in range(first, max(last, first + 1) + 1))


def _values_axis(values: Sequence[float]) -> _Axis:
    known = [value for value in values if math.isfinite(value)] or [0.0]
    found = ticks(min(known), max(known))
    return _Axis(found, found[0], found[-1])


def _epochs_axis(epochs: Sequence[int]) -> _Axis:
    first, last = epochs[0], epochs[-1]
    if first == last:
        return _Axis((first,), first - 1, last + 1)
    step = max(1, int(ticks(first, last, 8)[1] - ticks(first, last, 8)[0]))
    return _Axis(tuple(epoch for epoch in range(first, last + 1) if epoch % step == 0), first, last)


def _drawn(panel: _Panel) -> list[str]:
    values, epochs = _values_axis([*panel.train, *panel.test]), _epochs_axis(panel.epochs)
    right, bottom = panel.left + PANEL_WIDTH, TOP + PANEL_HEIGHT
    parts = [text(panel.title, panel.left, TOP - 16, "heading")]
    for tick in values.ticks:
        y = bottom - PANEL_HEIGHT * values.place(tick)
        parts.append(element("line", x1=panel.left, x2=right, y1=y, y2=y, style="stroke: var(--line)"))
        parts.append(text(panel.written(tick), panel.left - 8, y + 4.5, "faint end"))
    for tick in epochs.ticks:
        parts.append(text(f"{tick:g}", panel.left + PANEL_WIDTH * epochs.place(tick), bottom + 20, "faint middle"))
    parts.append(text("epoch", panel.left + PANEL_WIDTH / 2, bottom + 40, "faint middle"))
    for name, series in (("train", panel.train), ("test", panel.test)):
        points = [
            (panel.left + PANEL_WIDTH * epochs.place(epoch), bottom - PANEL_HEIGHT * values.place(value))
            for epoch, value in zip(panel.epochs, series, strict=True)
            if math.isfinite(value)
        ]
        parts += _line(name, points)
    return parts


def _line(name: str, points: Sequence[tuple[float, float]]) -> list[str]:
    """A line with a mark at each epoch; the line of the training images is dashed, for eyes that see no colours."""
    colour = f"stroke: var(--{name}); stroke-width: 2; fill: none" + ("; stroke-dasharray: 6 4" * (name == "train"))
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = points if len(points) <= 40 else points[-1:]
    return [
        element("polyline", points=drawn, style=colour),
        *(element("circle", cx=x, cy=y, r=3, style=f"fill: var(--{name})") for x, y in marks),
    ]


def _legend() -> list[str]:
    left = LEFTS[1]
    return [
        *_line("train", [(left, 26), (left + 34, 26)]),
        text("training images", left + 44, 30.5),
        *_line("test", [(left + 170, 26), (left + 204, 26)]),
        text("test images", left + 214, 30.5),
    ]


def _told(scores: Sequence[EpochScore]) -> str:
    """What the drawing shows, in words."""
    first, last = scores[0], scores[-1]
    best = max(scores, key=lambda score: (score.accuracy, score.epoch))
    return (
        f"Epochs {first.epoch} to {last.epoch}. On the test images the loss went from {first.loss:.4f} to"
        f" {last.loss:.4f} and the accuracy from {100 * first.accuracy:.2f} % to {100 * last.accuracy:.2f} %; the best"
        f" was {100 * best.accuracy:.2f} % in epoch {best.epoch}. On the training images the loss went from"
        f" {first.train_loss:.4f} to {last.train_loss:.4f}."
    )
