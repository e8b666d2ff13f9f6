"""Text: what is known is computed now; of the rest, what TensorFlow.js does. Values are byte strings."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.ops.fingerprint import fingerprint
from totfjs.recipes.slicing import nothing
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

_SPACES = b" \t\n\v\f\r"
_SPACE = " \\t\\n\\x0b\\x0c\\r"
_NUMBER = re.compile(rb"\s*[-+]?(\d+(\.\d*)?([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|inf|nan)\s*")


def texts(values: Sequence[bytes], shape: Sequence[int]) -> np.ndarray:
    """An array of byte strings."""
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found.reshape(tuple(shape))


def _each(function: Callable[[bytes], Any], x: np.ndarray, dtype: Any = object) -> np.ndarray:
    found = np.empty(x.size, dtype)
    found[:] = [function(item) for item in x.reshape(-1).tolist()]
    return found.reshape(x.shape)


def _known(rule: Callable[..., np.ndarray], what: str) -> Op:
    """An op that is done to known text alone: `what` TensorFlow.js does not do to other text."""

    def folded(use: Use) -> Operand:
        arrays = [use.known(index) for index in range(len(use))]
        if any(array is None for array in arrays):
            raise OpError(f"TensorFlow.js does not {what}")
        return rule(use, *arrays)

    return Op(folded, integers=True)


# --- known text -----------------------------------------------------------------------------------------------------


def _join(use: Use, *parts: np.ndarray) -> np.ndarray:
    glue, shape = use.attr("separator", b""), np.broadcast_shapes(*(part.shape for part in parts))
    columns = [np.broadcast_to(part, shape).reshape(-1).tolist() for part in parts]
    return texts([glue.join(row) for row in zip(*columns, strict=True)], shape)


def _upper(use: Use, x: np.ndarray) -> np.ndarray:
    _check_encoding(use, x)
    return _each(bytes.upper, x)


def _check_encoding(use: Use, x: np.ndarray) -> None:
    if use.attr("encoding", b"") and not all(item.isascii() for item in x.reshape(-1)):
        raise OpError("it changes the case of letters beyond ASCII")


def _length(use: Use, x: np.ndarray) -> np.ndarray:
    if use.text("unit", b"BYTE") == "UTF8_CHAR":
        return _each(lambda item: sum(byte & 0xC0 != 0x80 for byte in item), x, np.int32)
    return _each(len, x, np.int32)


def _substring(use: Use, x: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    letters = use.text("unit", b"BYTE") == "UTF8_CHAR"
    shape = np.broadcast_shapes(x.shape, starts.shape, lengths.shape)
    rows = zip(*(np.broadcast_to(each, shape).reshape(-1).tolist() for each in (x, starts, lengths)), strict=True)
    found = []
    for item, start, length in rows:
        text: Any = item.decode() if letters else item
        if not -len(text) <= start <= len(text):
            raise OpError(f"it begins at {start} in a text of {len(text)}")
        first = start + len(text) if start < 0 else start
        piece = text[first : first + length]
        found.append(piece.encode() if letters else piece)
    return texts(found, shape)


def _as_string(use: Use, x: np.ndarray) -> np.ndarray:
    width, fill, precision = use.attr("width", -1), use.text("fill", b""), use.attr("precision", -1)
    size = f"{fill}{width}" if width > 0 else ""
    if x.dtype == bool:
        return _each(lambda item: (f"%{size}s" % ("true" if item else "false")).encode(), x)
    if x.dtype.kind in "iu":
        return _each(lambda item: (f"%{size}d" % item).encode(), x)
    if x.dtype.kind != "f":
        raise OpError(f"it writes values of {use.attr('T')}")
    points = f".{precision}" if precision >= 0 else ""
    kind = "e" if use.attr("scientific", False) else "g" if use.attr("shortest", False) else "f"
    return _each(lambda item: (f"%{size}{points}{kind}" % item).encode(), x)


def _to_number(use: Use, x: np.ndarray) -> np.ndarray:
    dtype = numpy_dtype(use.attr("out_type", "float32"))
    wrong = [item for item in x.reshape(-1) if not _NUMBER.fullmatch(item)]
    if wrong:
        raise OpError(f"{wrong[0]!r} is no number")
    return _each(float if dtype.kind == "f" else int, x, dtype)


def _reduce_join(use: Use, x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    order = [axis % x.ndim for axis in axes.reshape(-1).tolist()][::-1]  # the axis named first is joined first
    kept = [axis for axis in range(x.ndim) if axis not in order]
    moved = x.transpose([*kept, *order]).reshape((*(x.shape[axis] for axis in kept), -1))
    glue = use.attr("separator", b"")
    rows = moved.reshape(int(np.prod(moved.shape[:-1])), -1).tolist()
    sizes = [1 if axis in order else size for axis, size in enumerate(x.shape)]
    shape = sizes if use.attr("keep_dims", False) else [x.shape[axis] for axis in kept]
    return texts([glue.join(row) for row in rows], shape)


def _segment_join(use: Use, x: np.ndarray, segments: np.ndarray, count: np.ndarray) -> np.ndarray:
    rows: list[list[bytes]] = [[] for _ in range(int(count))]
    if x.shape != segments.shape:
        raise OpError("it joins rows of text")
    for item, segment in zip(x.reshape(-1).tolist(), segments.reshape(-1).tolist(), strict=True):
        if segment >= 0:
            rows[segment].append(item)
    return texts([use.attr("separator", b"").join(row) for row in rows], (len(rows),))


# --- text that the model is given -----------------------------------------------------------------------------------


def _replaced(use: Use, x: Tensor, pattern: str, rewrite: str, everywhere: bool = True) -> Tensor:
    return use.op("StaticRegexReplace", x, pattern=pattern, rewrite=rewrite, replace_global=everywhere)


def _regex_replace(use: Use) -> Operand:
    static = use.node.op == "StaticRegexReplace"
    if static:
        pattern, rewrite = use.text("pattern"), use.text("rewrite")
    else:
        pattern, rewrite = (use.array(index, "its pattern").item().decode() for index in (1, 2))
    return _replaced(use, use.tensor(0), pattern, rewrite, use.attr("replace_global", True))


def _lower(use: Use) -> Operand:
    known = use.known(0)
    if known is not None:
        _check_encoding(use, known)
        return _each(bytes.lower, known)
    if use.attr("encoding", b""):
        raise OpError("TensorFlow.js does not change the case of letters beyond ASCII")
    x = use.tensor(0)
    for letter in string.ascii_uppercase:  # told by number, for the runtime writes patterns in lower case
        x = _replaced(use, x, f"\\x{ord(letter):02x}", letter.lower())
    return x


def _strip(use: Use) -> Operand:
    known = use.known(0)
    if known is not None:
        return _each(lambda item: item.strip(_SPACES), known)
    return _replaced(use, _replaced(use, use.tensor(0), f"^[{_SPACE}]+", ""), f"[{_SPACE}]+$", "")


def _bucket(use: Use) -> Operand:
    known, count = use.known(0), use.attr("num_buckets")
    if known is not None:
        return _each(lambda item: fingerprint(item) % count, known, np.int64)
    x = use.tensor(0)
    if 0 in x.shape:
        return nothing(use.const(0, "int32"), x.shape)
    return use.op("StringToHashBucketFast", x, num_buckets=count)


def _split(use: Use) -> Sequence[Operand]:
    delimiter = use.array(1, "its delimiter").item()
    if not delimiter or not delimiter.isascii():
        raise OpError("it takes text apart byte by byte")
    return _pieces(use, delimiter, use.attr("skip_empty", True))


def _split_v2(use: Use) -> Sequence[Operand]:
    separator = use.array(1, "its separator").item()
    if separator:
        raise OpError("it splits at something else than spaces; then TensorFlow.js gives no piece of an empty text")
    if use.attr("maxsplit", -1) >= 0:
        raise OpError("it splits texts so many times only")
    return _pieces(use, _SPACES, True)


def _pieces(use: Use, delimiters: bytes, skip: bool) -> Sequence[Operand]:
    x = use.tensor(0)
    return use.builder.ops("StringSplit", x, use.const(texts([delimiters], ())), skip_empty=skip)


def _ngrams(use: Use) -> Sequence[Operand]:
    attrs = {name: use.text(name) for name in ("separator", "left_pad", "right_pad")}
    return use.builder.ops(
        "StringNGrams", use.tensor(0), use.tensor(1), ngram_widths=tuple(use.attr("ngram_widths")),
        pad_width=use.attr("pad_width"), preserve_short_sequences=use.attr("preserve_short_sequences"), **attrs,
    )  # fmt: skip


OPS: dict[str, Row] = {
    "StringJoin": _known(_join, "join text"),
    "StringUpper": _known(_upper, "write text in capitals"),
    "StringLength": _known(_length, "tell how long text is"),
    "Substr": _known(_substring, "cut text"),
    "AsString": _known(_as_string, "write numbers as text"),
    "StringToNumber": _known(_to_number, "read numbers from text"),
    "ReduceJoin": _known(_reduce_join, "join text"),
    "UnsortedSegmentJoin": _known(_segment_join, "join text"),
    "StringLower": _lower,
    "StringStrip": _strip,
    "StaticRegexReplace": _regex_replace,
    "RegexReplace": _regex_replace,
    "StringToHashBucketFast": _bucket,
    "StringSplit": Op(_split, outputs=("indices", "values", "shape")),
    "StringSplitV2": Op(_split_v2, outputs=("indices", "values", "shape")),
    "StringNGrams": Op(_ngrams, outputs=("ngrams", "ngrams_splits")),
}
REFUSED = dict.fromkeys(
    ("StringToHashBucket", "StringToHashBucketStrong"), "it hashes in a way that TensorFlow.js does not have"
)
__all__ = ["OPS", "REFUSED", "texts"]
