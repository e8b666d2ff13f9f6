"""Whole models: each is converted for fixed and for dynamic dims, and computes in TensorFlow.js what it does in JAX."""

from __future__ import annotations

import pytest

from tests.corpus.entry import Entry
from tests.corpus.running import RUN_ON, Answers, convert, entries

CORPUS = list(entries())


@pytest.mark.parametrize("entry", CORPUS, ids=str)
def test_models(engine: object, entry: Entry) -> None:
    answers: Answers = {}
    for converted in convert(entry):
        assert converted.asynchronous is entry.asynchronous
        rows = [row for backend in RUN_ON for row in converted.rows(engine, backend, answers)]
        assert rows
        assert not [row for row in rows if not row.passed]


def test_the_names_are_distinct() -> None:
    names = [entry.name for entry in CORPUS]
    assert len(set(names)) == len(names)
