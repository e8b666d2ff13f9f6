"""A confusion matrix as SVG: what each class of test images was taken for, and how many of it were right."""

from __future__ import annotations

from collections.abc import Sequence

from jax_to_tfjs_demo.training.svg import document, element, text

FILE = "confusion.svg"
CELL = 52
TOP, GAP = 84, 16
STYLE = """
.right { fill: #1f7a3d } .wrong { fill: #b3261e } .empty { fill: none; stroke: var(--line) }
.onshade { fill: #ffffff }
@media (prefers-color-scheme: dark) { .right { fill: #2f9e57 } .wrong { fill: #e5534b } .onshade { fill: #0b0e11 } }
"""


def confusion_matrix(
    counts: Sequence[Sequence[int]], classes: Sequence[str], title: str = "What test images were taken for"
) -> str:
    """The drawing of `counts[true][guessed]`.

    A cell is shaded by its share of the row: green where the guess is right, red where it is not.
    """
    if len(counts) != len(classes) or any(len(row) != len(classes) for row in counts):
        raise ValueError(f"{len(classes)} classes need as many rows and columns of counts")
    left = 40 + max(28, 8 * max(map(len, classes)))
    width = left + CELL * len(classes) + GAP + 100
    height = TOP + CELL * len(classes) + 48
    parts = [text(title, 20, 30, "heading"), *_headings(classes, left)]
    for index, row in enumerate(counts):
        parts += _row(index, row, classes[index], left)
    return document(width, height, title, _told(counts, classes), parts, STYLE)


def _headings(classes: Sequence[str], left: int) -> list[str]:
    right = left + CELL * len(classes) + GAP
    bottom = TOP + CELL * len(classes) + 32
    names = [text(_short(name), left + CELL * (place + 0.5), TOP - 10, "middle") for place, name in enumerate(classes)]
    return [
        *names,
        text("right", right, TOP - 10),
        text("rows: what they show; columns: what they were taken for", left, bottom, "faint"),
    ]


def _row(index: int, row: Sequence[int], name: str, left: int) -> list[str]:
    y, total = TOP + CELL * index, sum(row)
    parts = [text(name, left - 12, y + CELL / 2 + 4.5, "end")]
    for place, count in enumerate(row):
        parts += _cell(left + CELL * place, y, count, count / total if total else 0.0, right=place == index)
    share = f"{100 * row[index] / total:.2f} %" if total else "no images"
    return [*parts, text(share, left + CELL * len(row) + GAP, y + CELL / 2 + 4.5)]


def _cell(x: int, y: int, count: int, share: float, *, right: bool) -> list[str]:
    inner = {"x": x + 1, "y": y + 1, "width": CELL - 2, "height": CELL - 2, "rx": 4}
    parts = [element("rect", class_="empty", **inner)]
    # few mistakes are made: were the shade their share, nothing would be seen of them
    shade = share if right else min(1.0, 4 * share**0.5)
    if count:
        parts.append(element("rect", class_="right" if right else "wrong", fill_opacity=round(shade, 3), **inner))
    words = "middle onshade" if shade > 0.6 else "middle" if count else "middle faint"
    return [*parts, text(str(count), x + CELL / 2, y + CELL / 2 + 4.5, words)]


def _short(name: str) -> str:
    return name if len(name) <= 7 else name[:6].rstrip() + "…"


def _told(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """What the drawing shows, in words: the share that was right, and the most frequent mistakes."""
    total, right = sum(map(sum, counts)), sum(row[index] for index, row in enumerate(counts))
    mistakes = sorted(
        ((count, true, guessed) for true, row in enumerate(counts) for guessed, count in enumerate(row)
         if count and true != guessed),
        key=lambda one: (-one[0], one[1], one[2]),
    )  # fmt: skip
    often = "; ".join(f"{classes[true]} taken for {classes[guessed]}: {count}" for count, true, guessed in mistakes[:3])
    rate = f", {100 * right / total:.2f} %" if total else ""
    return f"{right} of {total} images were classified rightly{rate}. Most frequent mistakes: {often or 'none'}."
