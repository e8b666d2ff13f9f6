from __future__ import annotations

from totfjs.graph.ops.fingerprint import fingerprint


def test_texts_fall_into_the_buckets_that_tensorflow_documents() -> None:
    assert [fingerprint(text) % 3 for text in (b"Hello", b"TensorFlow", b"2.x")] == [0, 2, 2]


def test_the_empty_text_has_the_constant_of_the_algorithm() -> None:
    assert fingerprint(b"") == 0x9AE16A3B2F90404F
