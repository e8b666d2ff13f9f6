from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder, OpError
from totfjs.graph.types import DType


def text(*values: str) -> np.ndarray:
    return np.array(values, object)


TEXTS = np.array(["the cat", "", "a,b;c", " x  y ", "héllo wörld", "the end of the line\n"])


REPLACE = [
    case("StaticRegexReplace", texts, pattern=pattern, rewrite=rewrite, replace_global=everywhere)
    for texts, pattern, rewrite, everywhere in [
        (TEXTS, "the", "a", True),
        (TEXTS, "the", "a", False),
        (TEXTS.reshape(2, 3), r"[a-c]+|\s*,", "-", True),
        (TEXTS, r"\d|e$", "", True),
        (TEXTS, r"^\s+", "", True),
        (np.array("scalar"), "a", "aa", True),
        (np.zeros(0, object), "a", "", True),
        (TEXTS, "(t)he", r"\1", True),
        (text("a\u2028b", "\u3000"), r"\s|a.b", "-", True),
        (TEXTS, "(?i)The".lower(), "$&", True),
        (text("Tea AT ten", "tTÜ"), r"\x54", "t", True),
    ]
]
SPLIT = [
    case("StringSplit", texts, np.array(delimiter), skip_empty=skip)
    for texts, delimiter in [*product((TEXTS, np.zeros(0, object)), (" ", ",;")), (TEXTS[:4], "")]
    for skip in (True, False)
]
WORDS, SPLITS = text("a", "bb", "c", "é", "e"), np.array([0, 3, 3, 4, 5], np.int32)
NGRAMS = [
    case(
        "StringNGrams", WORDS, SPLITS, separator=separator, ngram_widths=widths, left_pad=left, right_pad=right,
        pad_width=pad, preserve_short_sequences=keep,
    )
    for separator, left, right in [("|", "<", ">"), ("", "", "")]
    for widths, pad in [((2,), 0), ((1, 3), -1), ((4,), 0), ((3,), 1), ((2, 3), 5)]
    for keep in (False, True)
]  # fmt: skip
EMPTY_NGRAMS = [
    case(
        "StringNGrams", np.zeros(0, object), np.zeros(2, np.int32), separator=" ", ngram_widths=(2,), left_pad="",
        right_pad="", pad_width=0, preserve_short_sequences=False,
    )
]  # fmt: skip
LENGTHS = (0, 1, 3, 4, 7, 8, 16, 17, 32, 33, 63, 64, 65, 127, 128, 129, 200)
LONG = text(*(("abcdefghij" * 20)[:length] for length in LENGTHS))
BUCKETS = [case("StringToHashBucketFast", LONG, num_buckets=buckets) for buckets in (1, 10, 2**31)]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", [*REPLACE, *SPLIT, *NGRAMS, *EMPTY_NGRAMS, *BUCKETS], ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize(
    ("attrs", "message"),
    [
        ({"pattern": "[A-Z]", "rewrite": ""}, "lower-cases pattern"),
        ({"pattern": "a", "rewrite": r"\1"}, "JavaScript takes"),
        ({"pattern": "(?i)a", "rewrite": ""}, "reads the pattern in another way"),
        ({"pattern": "é", "rewrite": ""}, "reads the pattern in another way"),
    ],
)
def test_patterns_that_javascript_reads_in_another_way_are_refused(attrs: dict[str, str], message: str) -> None:
    builder = Builder(backends=("cpu",))
    with pytest.raises(OpError, match=message):
        builder.op("StaticRegexReplace", builder.input("x", DType.STRING, (2,)), **attrs)


@pytest.mark.parametrize("buckets", [0, 2**31 + 1])
def test_buckets_have_to_be_countable(buckets: int) -> None:
    builder = Builder(backends=("cpu",))
    with pytest.raises(OpError, match=f"{buckets} buckets cannot be counted"):
        builder.op("StringToHashBucketFast", builder.input("x", DType.STRING, (2,)), num_buckets=buckets)
