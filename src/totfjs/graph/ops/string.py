"""Text: splitting, n-grams, replacing, hash buckets. Values are UTF-8 strings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from totfjs.graph.ops.fingerprint import fingerprint
from totfjs.graph.ops.spec import (
    BACKENDS,
    I32,
    STRING,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    TensorType,
    no_kernel,
    same_type,
)

NOT_WIRED: dict[str, str] = {}

TEXT = frozenset((STRING,))
# Syntax on which RE2 (TensorFlow), JavaScript and Python read different things.
_FOREIGN = re.compile(
    r"\\(?!x[0-9a-f]{2})[^\\.^$*+?()\[\]{}|/dDwWsSbtnr-]|\(\?(?!:)|\[\[|\[\^?\]|[*+?}]\+|[^\x00-\x7f]"
)


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def _texts(values: Sequence[Any], shape: tuple[int, ...] | None = None) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = [value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value for value in values]
    return array if shape is None else array.reshape(shape)


# --- splitting ------------------------------------------------------------------------------------------------------


def _split_types(call: Call) -> tuple[TensorType, ...]:
    if call.rank(0) != 1 or call.rank(1):
        raise ValueError("a vector of texts and a scalar of delimiters are needed")
    count = call.unknown()
    return TensorType(I32, (count, 2)), TensorType(STRING, (count,)), TensorType(I32, (2,))


def _split(texts: np.ndarray, delimiter: np.ndarray, skip_empty: bool) -> tuple[np.ndarray, ...]:
    """Each character of the delimiter ends a piece; without one, each byte is a piece."""
    rows = [_pieces(_bytes(text), _bytes(delimiter.item()), skip_empty) for text in texts]
    places = [(row, column) for row, pieces in enumerate(rows) for column in range(len(pieces))]
    shape = [len(rows), max(map(len, rows), default=0)]
    return (
        np.array(places, np.int32).reshape(-1, 2),
        _texts([p for row in rows for p in row]),
        np.array(shape, np.int32),
    )


def _pieces(text: bytes, delimiters: bytes, skip_empty: bool) -> list[bytes]:
    if not text:
        return []
    if not delimiters:
        return [text[index : index + 1] for index in range(len(text))]
    pieces = re.split(b"[" + re.escape(delimiters) + b"]", text)
    return [piece for piece in pieces if piece or not skip_empty]


# --- n-grams --------------------------------------------------------------------------------------------------------


def _ngram_types(call: Call) -> tuple[TensorType, ...]:
    if call.rank(0) != 1 or call.rank(1) != 1:
        raise ValueError("data and splits have to be vectors")
    return TensorType(STRING, (call.unknown(),)), call.type(1)


def _ngrams(data: np.ndarray, splits: np.ndarray, **attrs: Any) -> tuple[np.ndarray, np.ndarray]:
    if not len(data) or not len(splits):
        return _texts([]), np.zeros(len(splits), np.int32)
    rows = [_row_ngrams([_bytes(token) for token in data[start:end]], **attrs) for start, end in pairwise(splits)]
    ends = np.cumsum([0, *map(len, rows)])
    return _texts([gram for row in rows for gram in row]), ends.astype(np.int32)


def _row_ngrams(
    tokens: list[bytes],
    separator: str,
    ngram_widths: Sequence[int],
    left_pad: str,
    right_pad: str,
    pad_width: int,
    preserve_short_sequences: bool,
    Tsplits: Any = None,
) -> list[bytes]:
    glue, grams = separator.encode(), []
    for width in ngram_widths:
        pad = _padding(pad_width, width)
        padded = [left_pad.encode()] * pad + tokens + [right_pad.encode()] * pad
        grams += [glue.join(padded[start : start + width]) for start in range(len(padded) - width + 1)]
    if grams or not preserve_short_sequences or not tokens:
        return grams
    pad = max(pad_width, 0)
    return [glue.join([left_pad.encode()] * pad + tokens + [right_pad.encode()] * pad)]


def _padding(pad_width: int, width: int) -> int:
    return min(width - 1 if pad_width < 0 else pad_width, width - 1)


# --- replacing and hashing ------------------------------------------------------------------------------------------


def _replace(texts: np.ndarray, pattern: str, rewrite: str, replace_global: bool) -> np.ndarray:
    expression = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), re.ASCII)
    count = 0 if replace_global else 1
    new = [
        expression.sub(lambda match: _rewritten(match, rewrite), _bytes(text).decode(), count)
        for text in texts.reshape(-1)
    ]
    return _texts(new, texts.shape)


def _rewritten(match: re.Match[str], rewrite: str) -> str:
    return re.sub(r"\\(\d)", lambda number: match[int(number[1])] or "", rewrite)


def _unicode_matters(call: Call) -> bool:
    """Whether there is a character that only JavaScript calls space or line end, or reads by halves."""
    texts = call.value(0)
    odd = re.compile("[\x0b\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]|[^\0-\uffff]")
    return texts is not None and any(odd.search(_bytes(text).decode()) for text in texts.reshape(-1))


def _foreign_pattern(call: Call) -> bool:
    pattern = call.attrs["pattern"]
    return bool(_FOREIGN.search(pattern)) or "$" in pattern[:-1].replace(r"\$", "")


def _bucket_type(call: Call) -> TensorType:
    if not 0 < call.attrs["num_buckets"] <= 2**31:
        raise ValueError(f"{call.attrs['num_buckets']} buckets cannot be counted in int32")
    return TensorType(I32, call.shape(0))


def _buckets(texts: np.ndarray, num_buckets: int) -> np.ndarray:
    found = [fingerprint(_bytes(text)) % num_buckets for text in texts.reshape(-1)]
    return np.array(found, np.uint64).astype(np.int32).reshape(texts.shape)


def _beyond_ascii(*names: str) -> Limit:
    return Limit(
        BACKENDS,
        "wrong",
        f"{', '.join(names)} beyond ASCII are read byte by byte",
        lambda call: not all(call.attrs[name].isascii() for name in names),
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "StaticRegexReplace",
        (Input("input", TEXT),),
        same_type(),
        _replace,
        (
            Attr("pattern", "string", case_sensitive=True),
            Attr("rewrite", "string", case_sensitive=True),
            Attr("replace_global", "bool", True),
        ),
        limits=(
            no_kernel("wasm", "webgpu"),
            Limit(BACKENDS, "wrong", "JavaScript reads the pattern in another way than RE2", _foreign_pattern),
            Limit(
                BACKENDS,
                "wrong",
                "JavaScript takes $ for a reference, and \\1 for text",
                lambda call: "$" in call.attrs["rewrite"] or "\\" in call.attrs["rewrite"],
            ),
            _beyond_ascii("pattern", "rewrite"),
        ),
        differences=(Difference(BACKENDS, "JavaScript has other spaces and line ends", _unicode_matters),),
        category="string",
    ),
    OpSpec(
        "StringNGrams",
        (Input("data", TEXT), Input("data_splits", frozenset((I32,)))),
        _ngram_types,
        _ngrams,
        (
            Attr("separator", "string", case_sensitive=True),
            Attr("ngram_widths", "ints"),
            Attr("left_pad", "string", case_sensitive=True),
            Attr("right_pad", "string", case_sensitive=True),
            Attr("pad_width", "int", 0),
            Attr("preserve_short_sequences", "bool", False),
            Attr("Tsplits", "type", I32),
        ),
        limits=(_beyond_ascii("separator", "left_pad", "right_pad"),),
        category="string",
    ),
    OpSpec(
        "StringSplit",
        (Input("input", TEXT), Input("delimiter", TEXT)),
        _split_types,
        _split,
        (Attr("skip_empty", "bool", True),),
        limits=(no_kernel("webgpu"),),
        category="string",
    ),
    OpSpec(
        "StringToHashBucketFast",
        (Input("input", TEXT),),
        _bucket_type,
        _buckets,
        (Attr("num_buckets", "int"),),
        limits=(no_kernel("webgpu"),),
        category="string",
    ),
)
