"""What the user said of a model's inputs and outputs, as JSON: a web model keeps it, to open its source again.

Arguments are trees. A leaf is text such as `uint8[b,t>=4]`; a container has one key that says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from totfjs.errors import ModelFileError
from totfjs.graph.limits import AtLeast, read_known


def described(arguments: Mapping[str, Any], limits: Iterable[AtLeast], outputs: Iterable[str]) -> dict[str, Any]:
    """The description that a web model keeps; `arguments` are packed."""
    known = list(dict.fromkeys(map(str, limits)))
    return {"arguments": dict(arguments), **({"limits": known} if known else {}), "outputs": list(outputs)}


def packed(tree: Any, text: Callable[[Any], str]) -> Any:
    """An argument as JSON; `text` describes what is no dict, list or tuple."""
    if isinstance(tree, Mapping):
        return {"dict": [[key, packed(item, text)] for key, item in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list" if isinstance(tree, list) else "tuple": [packed(item, text) for item in tree]}
    return text(tree)


def unpacked(json: Any) -> Any:
    """The tree of text that was packed; raises ModelFileError when this is none."""
    match json:
        case str():
            return json
        case {"dict": [*pairs]} if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            return {_key(key): unpacked(item) for key, item in pairs}
        case {"list": [*items]}:
            return [unpacked(item) for item in items]
        case {"tuple": [*items]}:
            return tuple(unpacked(item) for item in items)
    raise _damaged(json)


def shown(tree: Any) -> str:
    """A tree of text on one line."""
    if isinstance(tree, Mapping):
        return f"{{{', '.join(f'{key}: {shown(item)}' for key, item in tree.items())}}}"
    if isinstance(tree, list | tuple):
        inner = ", ".join(map(shown, tree))
        return f"[{inner}]" if isinstance(tree, list) else f"({inner})"
    return str(tree)


def known_limits(json: Any) -> tuple[AtLeast, ...]:
    """The limits of dims that a web model keeps."""
    if not isinstance(json, list | tuple) or not all(isinstance(text, str) for text in json):
        raise _damaged(json)
    try:
        return tuple(limit for text in json for limit in read_known(text))
    except ValueError as error:
        raise _damaged(json) from error


def _key(key: Any) -> Any:
    if isinstance(key, str | int | float | bool):
        return key
    raise _damaged(key)


def _damaged(json: Any) -> ModelFileError:
    return ModelFileError(
        f"The metadata of the web model describe its inputs by {json!r}, which totfjs has not written.",
        remedy="Convert the model again.",
    )
