"""What the drawings of a training share: elements of SVG, and colours for light and dark surroundings."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

STYLE = """
:root { --paper: #ffffff; --ink: #1b1f24; --faint: #59636e; --line: #d8dee4; --train: #9a4f00; --test: #0b5cad }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15191e; --ink: #e8edf2; --faint: #a3adb8; --line: #343c45; --train: #f0a35e; --test: #6db3f8 }
}
text { font-family: system-ui, sans-serif; font-size: 13px; fill: var(--ink) }
.faint { fill: var(--faint) }
.heading { font-size: 15px; font-weight: 600 }
.end { text-anchor: end }
.middle { text-anchor: middle }
"""


def document(width: int, height: int, title: str, description: str, parts: Iterable[str], style: str = "") -> str:
    """A whole drawing, with a title and a description that a screen reader reads out."""
    attributes = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes} role="img" aria-labelledby="title description">'
    named = [element("title", title, id="title"), element("desc", description, id="description")]
    paper = element("rect", width="100%", height="100%", style="fill: var(--paper)")
    return "\n".join([head, *named, f"<style>{STYLE}{style}</style>", paper, *parts, "</svg>", ""])


def element(tag: str, text: str | None = None, /, **attributes: object) -> str:
    """One element; `class_` is the attribute of that name, and other underscores are hyphens."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    inner = "".join(f" {name}={quoteattr(_written(value))}" for name, value in named.items())
    return f"<{tag}{inner}/>" if text is None else f"<{tag}{inner}>{escape(text)}</{tag}>"


def text(words: str, x: float, y: float, class_: str = "") -> str:
    """Words that begin, end or have their middle at a place."""
    return element("text", words, x=x, y=y, class_=class_)


def _written(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
