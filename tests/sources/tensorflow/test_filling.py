"""Tables that are not what they were when the model was saved are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.sources.tensorflow.reading.models import unpacked
from totfjs.errors import UnsupportedError
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow import load
from totfjs.sources.tensorflow.filling import Table, Tables
from totfjs.sources.tensorflow.ops.tables import column, lines

TABLE = Table("words", "string", "int64")


def test_a_model_that_writes_to_its_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="LookupTableFindV2: the model writes to the table while it runs"):
        load(unpacked("tables_written", tmp_path)).graph()


def test_hashing_on_webgpu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="StringToHashBucketFast cannot run on webgpu"):
        load(unpacked("tables_vocabulary", tmp_path)).graph()


def test_a_table_that_nothing_fills_is_refused_with_what_went_wrong() -> None:
    with pytest.raises(OpError, match=r"not filled by anything in the file: its file a.txt is missing"):
        Tables(problems=("its file a.txt is missing",)).of(TABLE)


def test_reserved_keys_are_left_out() -> None:
    tables, table = Tables(), Table("numbers", "int64", "int64", (-1, -2))
    tables.fill(table, np.array([[1], [-1], [2]]), np.array([5, 6, 7]))
    assert [part.tolist() for part in tables.of(table)] == [[1, 2], [5, 7]]


def test_keys_without_values_are_refused() -> None:
    with pytest.raises(OpError, match="2 keys and 1 values"):
        Tables().fill(TABLE, np.array([b"a", b"b"], object), np.array([1]))


def test_lines_end_as_tensorflow_ends_them() -> None:
    assert lines(b"a\r\nb\n") == [b"a", b"b"]
    assert lines(b"a\nb") == [b"a", b"b"]


@pytest.mark.parametrize(
    ("at", "dtype", "expected"),
    [(-2, "string", [b"a,1", b"b,2"]), (-1, "int64", [3, 4]), (0, "string", [b"a", b"b"]), (1, "float32", [1.0, 2.0])],
)
def test_columns_are_fields_lines_or_their_numbers(at: int, dtype: str, expected: list[object]) -> None:
    assert column([b"a,1", b"b,2"], at, dtype, b",", 3).tolist() == expected
