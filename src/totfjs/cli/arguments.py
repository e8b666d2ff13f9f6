"""Arguments that several commands share, and how they are read."""

from __future__ import annotations

import argparse
import re

from totfjs.errors import UsageError

_INPUT = re.compile(r"(?P<name>[^:=\[\]]+):\s*(?P<dtype>[A-Za-z]\w*)\s*\[(?P<dims>[^\[\]]*)\]")


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """`--engine`."""
    parser.add_argument(
        "--engine",
        metavar="NAME",
        help="what runs TensorFlow.js: mini-racer, node, deno, browser, chromium, chrome, edge, firefox or webkit "
        "(default: $TOTFJS_ENGINE, or whatever is installed, a browser only for what needs one)",
    )


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """`--input` and `--weights`."""
    parser.add_argument(
        "--input",
        action="append",
        metavar="NAME:DTYPE[DIMS]",
        help="an input of a function or module, in its order, such as image:float32[b,28,28,1]; b is dynamic",
    )
    parser.add_argument("--weights", metavar="CHECKPOINT", help="Orbax directory, .safetensors, .npz, .msgpack or .pkl")


def parse_inputs(texts: list[str] | None) -> dict[str, str] | None:
    """`image:float32[b,28,28,1]` as {"image": "float32[b,28,28,1]"}."""
    if texts is None:
        return None
    read: dict[str, str] = {}
    for text in texts:
        match = _INPUT.fullmatch(text.strip())
        if match is None:
            raise UsageError(
                f"--input {text} is not NAME:DTYPE[DIMS].", remedy='Write it as in --input "image:float32[b,28,28,1]".'
            )
        if match["name"] in read:
            raise UsageError(f"Input {match['name']!r} is given twice.", remedy="Give each input one --input.")
        read[match["name"]] = f"{match['dtype']}[{match['dims']}]"
    return read


def comma_list(text: str | None) -> tuple[str, ...] | None:
    """`a,b` as ("a", "b")."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def parse_pairs(texts: list[str] | None, flag: str) -> dict[str, str]:
    """`KEY=FILE` arguments as a mapping."""
    read: dict[str, str] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise UsageError(f"{flag} {text} is not KEY=FILE.", remedy=f"Write it as in {flag} labels=labels.json.")
        read[key] = value
    return read
