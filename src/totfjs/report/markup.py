"""HTML as values: what is text is escaped, and elements are always closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

_VOID = frozenset(("meta", "br"))


class Html(str):
    """Markup; every other string is text."""

    __slots__ = ()


Content: TypeAlias = "Html | str | int | Iterable[Content] | None"


def element(tag: str, *content: Content, **attributes: str | int | None) -> Html:
    """An element. In attributes' names `_` stands for `-`, and one at the end for nothing; None leaves them out."""
    named = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value is not None)
    opened = "".join(f' {name}="{escape(shown(str(value)))}"' for name, value in named)
    if tag in _VOID:
        return Html(f"<{tag}{opened}>")
    return Html(f"<{tag}{opened}>{join(content)}</{tag}>")


def join(content: Content, between: str = "") -> Html:
    """Pieces one after another."""
    if isinstance(content, Html):
        return content
    if content is None:
        return Html("")
    if isinstance(content, str | int):
        return Html(escape(shown(str(content)), quote=False))
    return Html(between.join(join(each) for each in content))


def shown(text: str) -> str:
    """Text without what a page must not hold: control characters and halves of pairs are shown as a sign."""
    kept = (each if each in "\n\t" or each.isprintable() or each == "\xa0" else "\ufffd" for each in text)
    return "".join(kept)


def code(text: str) -> Html:
    """A name or a piece of code. It may break after slashes, dots and underscores."""
    pieces: list[Content] = []
    for each in text:
        pieces.append(each)
        if each in "/._-,":
            pieces.append(Html("<wbr>"))
    return element("code", *pieces)


def kind_text(text: str) -> Html:
    """A type, which stays in one line."""
    return element("code", text, class_="type")


def section(title: str, *content: Content, id_: str) -> Html:
    """A part of the page under a heading; nothing without content."""
    body = join(content)
    if not body:
        return Html("")
    return element("section", element("h2", title, id=id_), body, aria_labelledby=id_)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Content]],
    *,
    numbers: Iterable[int] = (),
    hidden: bool = False,
) -> Html:
    """A table whose first column names its rows. `numbers` are the columns aligned right.

    It scrolls within itself where the page is narrow. A `hidden` caption is there for those who cannot see.
    """
    right = frozenset(numbers)
    kinds = ["n" if index in right else None for index in range(len(heads))]
    top = element(
        "tr", *(element("th", head, scope="col", class_=kind) for head, kind in zip(heads, kinds, strict=True))
    )
    body = [
        element(
            "tr",
            element("th", first, scope="row", class_=kinds[0]),
            *(element("td", cell, class_=kind) for cell, kind in zip(rest, kinds[1:], strict=True)),
        )
        for first, *rest in rows
    ]
    title = element("caption", caption, class_="hidden" if hidden else None)
    whole = element("table", title, element("thead", top), element("tbody", *body))
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[Content, Content]]) -> Html:
    """Names and what is said of them."""
    listed = [element("div", element("dt", name), element("dd", content)) for name, content in pairs]
    return element("dl", *listed) if listed else Html("")
