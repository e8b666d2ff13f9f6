"""TensorFlow checkpoints and SavedModels that must be refused: no crash, no large allocation, no wrong value."""

from __future__ import annotations

import json
import random
import tracemalloc

import numpy as np
import pytest

from tests.attacks.bundles import (
    FLOAT,
    STRING,
    block,
    entry,
    footer,
    handle,
    header,
    index,
    sealed,
    table,
    write,
)
from tests.fixtures.tensor_bundle import unpack
from tests.fixtures.tf_keras import unpack as keras_model
from tests.protobuf import field, number
from totfjs.checkpoints.crc32c import crc32c, masked
from totfjs.checkpoints.tensor_bundle import read_tensor_bundle
from totfjs.checkpoints.tensor_slices import slice_key
from totfjs.errors import TotfjsError
from totfjs.sources.keras.reading import is_keras_file, read_saved

HUGE = 1 << 62
TWO = np.array([1, 2], "<f4").tobytes()
RIGHT = masked(crc32c(TWO))


def read_all(prefix):
    for array in read_tensor_bundle(prefix).values():
        for _ in array.chunks():
            pass


def refused(read, path, text):
    tracemalloc.start()
    try:
        with pytest.raises(TotfjsError, match=text) as raised:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 64e6
    finally:
        tracemalloc.stop()
    return raised.value


def entries_block(*entries):
    """A block of entries as they are, without any place where keys are whole."""
    return sealed(b"".join(entries) + (0).to_bytes(4, "little"))


def test_what_is_written_here_can_be_read(tmp_path):
    bundle = read_tensor_bundle(write(tmp_path, index((b"a", entry(checksum=RIGHT))), TWO))
    np.testing.assert_array_equal(bundle["a"], [1, 2])


GOOD = index((b"a", entry(checksum=RIGHT)))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "0 bytes, too few for an index"),
        (GOOD[:47], "too few for an index"),
        (GOOD[:-1], "does not end as an index"),
        (footer(0, HUGE), "a block of 4611686018427387904 bytes is declared at 0"),
        (footer(HUGE, 0), "a block of 0 bytes is declared at 4611686018427387904"),
        (footer(0, 44), "a block of 44 bytes is declared at 0"),
        (footer(0, 0, magic=1), "does not end as an index"),
        (b"\xff" * 40 + footer(0, 0)[40:], "a number has more than ten bytes"),
        (table(block([(b"", header())], spoilt=True)), "does not have the checksum"),
        (table(block([(b"", header())], compression=1)), "is compressed"),
        (GOOD[:20] + bytes([GOOD[20] ^ 1]) + GOOD[21:], "checksum"),
        (table(sealed(b"")), "shorter than it says"),
        (table(sealed(b"\xff" * 4)), "shorter than it says"),
        (table(entries_block(number(5) + number(0) + number(0))), "reaches beyond its block"),
        (table(entries_block(number(0) + number(HUGE) + number(0))), "reaches beyond its block"),
        (table(entries_block(number(0) + number(0) + number(HUGE))), "reaches beyond its block"),
        (table(entries_block(number(0) + number(9000) + number(0) + b"k" * 9000)), "a key has 9000 bytes"),
        (table(block([(b"b", b""), (b"a", b"")])), "not in order"),
        (table(block([(b"a", b""), (b"a", b"")])), "not in order"),
        (table(block([(b"", b""), (b"", b"")])), "not in order"),
        (table(block([(b"b", b"")]), block([(b"a", b"")])), "not in order"),
        (table(block([])), "does not say how many shards"),
        (index(head=header(0)), "claims 0 shards"),
        (index(head=header(HUGE)), "claims 4611686018427387904 shards"),
        (index(head=header(1, 2)), "of endianness 2"),
        (index(head=b"\x08"), "ends within a number"),
        (index((b"a", b"\x0a\xff")), "ends within|claims"),
        (index((b"\xff", entry())), "is not UTF-8"),
    ],
)
def test_indexes(tmp_path, content, text):
    assert refused(read_all, write(tmp_path, content, TWO), text).code == "CHECKPOINT"


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (entry(), "'a' does not have the checksum"),
        (entry(checksum=RIGHT ^ 1), "'a' does not have the checksum"),
        (entry(shape=(3,)), "'a' has 8 bytes for float32"),
        (entry(shape=()), "'a' has 8 bytes for float32"),
        (entry(shape=(HUGE, HUGE)), "a tensor of shape"),
        (entry(shape=(1 << 40, 1 << 40), size=0), "a tensor of shape"),
        (entry(shape=(0, HUGE), size=0), "a tensor of shape"),
        (entry(shape=(-1,)), "a tensor of shape"),
        (entry(shape=(-2, -1)), "a tensor of shape"),
        (entry(shape=(1,) * 33), "a tensor of shape"),
        (entry(shape=(1 << 45,), size=1 << 47), "has 8 bytes, but 140737488355328 bytes are declared"),
        (entry(offset=4), "8 bytes are declared at 4"),
        (entry(offset=HUGE), "are declared at"),
        (entry(offset=-8), "a tensor of shape"),
        (entry(size=-8), "a tensor of shape"),
        (entry(shard=1), "lies in shard 1 of 1"),
        (entry(shard=-1), "lies in shard -1 of 1"),
        (entry(dtype=0), "dtype number 0"),
        (entry(dtype=999), "dtype number 999"),
        (entry(dtype=STRING, shape=(9,)), "8 bytes for 9 texts"),
        (entry(dtype=STRING, shape=(1,)), "bytes for texts of 0"),
        (entry(dtype=STRING, shape=(8,)), "ends within a number"),
        (entry(slices=[b""]), "a slice has 0 dims of 1"),
        (entry(slices=[field(1, b"")]), "a slice of 'a' is missing"),
        (entry() + field(2, field(3, 1)), "a tensor of shape"),
    ],
)
def test_records(tmp_path, record, text):
    refused(read_all, write(tmp_path, index((b"a", record)), TWO), text)


@pytest.mark.parametrize("stored", [b"\xff" * 9 + b"\x01", number(HUGE) + bytes(9), b"\x01" + bytes(7) + b"x"])
def test_texts_that_claim_more_than_there_is(tmp_path, stored):
    record = entry(dtype=STRING, shape=(1,), size=len(stored))
    refused(read_all, write(tmp_path, index((b"a", record)), stored), "texts of|does not have the checksum|ends within")


def test_two_tensors_of_the_same_bytes(tmp_path):
    records = [(name, entry(checksum=RIGHT)) for name in (b"a", b"b")]
    refused(read_all, write(tmp_path, index(*records), TWO), "two tensors share the bytes at 0 of shard 0")


def test_keys_that_repeat_a_long_prefix(tmp_path):
    """Four bytes of the block stand for a key of 8,000."""
    first = number(0) + number(8000) + number(0) + b"0" * 8000
    rest = [number(7990) + number(10) + number(0) + b"%010d" % n for n in range(1, 20_000)]
    refused(read_all, write(tmp_path, table(entries_block(first, *rest))), "its keys have more than")


def cut(*extents):
    """A slice of a tensor: start and length along each axis."""
    return b"".join(field(1, field(1, start) + field(2, length)) for start, length in extents)


@pytest.mark.parametrize(
    ("shape", "parts", "text"),
    [
        ((3,), [(((0, 1),), (1,)), (((2, 1),), (1,))], "leave gaps, or overlap"),
        ((3,), [(((0, 2),), (2,)), (((1, 2),), (2,))], "leave gaps, or overlap"),
        ((3,), [(((1, 2),), (2,))], "leave gaps, or overlap"),
        ((3,), [(((0, 2),), (2,))], "leave gaps, or overlap"),
        ((3,), [(((0, 3),), (2,))], "missing, or not of the shape"),
        ((3,), [(((-5, 4),), (4,))], "leave gaps, or overlap"),
        ((2, 2), [(((0, 1), (0, 1)), (1, 1)), (((1, 1), (1, 1)), (1, 1))], "along several axes"),
        ((2,), [(((0, 2),), (2,)), (((0, 2),), (2,))], "along several axes, or its slices overlap"),
        ((2,), [(((0, HUGE),), (HUGE,))], "a tensor of shape"),
    ],
)
def test_slices_that_do_not_make_the_whole(tmp_path, shape, parts, text):
    wanted = {slice_key("a", extents): part for extents, part in parts}
    records, at = [], 0
    for key, part in sorted(wanted.items()):
        size = 4 * int(np.prod(part))
        records.append((key, entry(part, offset=at, size=size)))
        at += size
    whole = entry(shape, size=0, slices=[cut(*(_unsigned(extents))) for extents, _ in parts])
    refused(read_all, write(tmp_path, index(*records, (b"a", whole)), bytes(64)), text)


def _unsigned(extents):
    return [(start & (1 << 64) - 1, length) for start, length in extents]


def test_any_flipped_bit_is_noticed(tmp_path):
    prefix = unpack("dtypes", tmp_path)
    for name in ("dtypes.index", "dtypes.data-00000-of-00001"):
        file = prefix.with_name(name)
        content = file.read_bytes()
        for at in random.Random(0).sample(range(len(content) - 48), 60):
            file.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
            with pytest.raises(TotfjsError):
                read_all(prefix)
        file.write_bytes(content)


# --- SavedModels ---


@pytest.fixture
def directory(tmp_path):
    return keras_model("saved_sequential", "saved_model", tmp_path)


def with_graph(directory, *nodes):
    """The SavedModel with another graph of objects, each given as a message."""
    graph = b"".join(field(1, node) for node in nodes)
    length, check = number(len(graph)), crc32c(len(graph).to_bytes(4, "little"))
    stored = length + masked(check).to_bytes(4, "little") + graph
    whole = masked(crc32c(stored[len(length) :], check))
    record = entry(dtype=STRING, shape=(), size=len(stored), checksum=whole)
    write(directory, index((b"_CHECKPOINTABLE_OBJECT_GRAPH", record)), stored)
    for file in directory.glob("v.*"):
        file.replace(directory / "variables" / file.name.replace("v.", "variables."))
    return directory


def child(node, name):
    return field(1, field(1, node) + field(2, name))


def listed(*nodes):
    return b"".join(child(node, str(place)) for place, node in enumerate(nodes))


VALUE = field(2, field(1, "VARIABLE_VALUE") + field(2, "dense/kernel") + field(3, "nowhere"))


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ([], "has no object 0"),
        ([child(9, "layer-0")], "has no object 9|does not describe layer 0"),
        ([child(1, "variables"), child(2, "0")], "has no object 2"),
        ([child(1, "variables"), child(1 << 40, "0")], "has no object 1099511627776"),
        ([child(1, "variables"), listed(2), b""], "a variable has no value"),
        ([child(1, "variables"), listed(2), VALUE], "has no value 'nowhere'"),
        ([child(0, "layer-0") + child(0, "variables"), b""], "does not describe layer 0"),
        ([child(1, "variables"), listed(1)], "a variable has no value"),
        ([b"\xff"], "object graph: it ends within a number"),
        ([child(1, b"\xff")], "object graph: field 2 is not UTF-8"),
        ([field(1, 7)], "object graph: field 1 has the kind 0"),
    ],
)
def test_object_graphs(directory, nodes, text):
    assert refused(read_saved, with_graph(directory, *nodes), text).code == "KERAS_FILE"


def test_a_graph_of_objects_that_hold_each_other_ends(directory):
    model = json.dumps({"class_name": "Sequential", "config": {"layers": []}})
    records = [("root", "_tf_keras_sequential", model), ("root" + ".a" * 1000, "x", "{}")]
    metadata = b"".join(field(1, field(3, path) + field(4, kind) + field(5, text)) for path, kind, text in records)
    (directory / "keras_metadata.pb").write_bytes(metadata)
    saved = read_saved(with_graph(directory, child(0, "a") + child(0, "keras_api") + child(0, "optimizer")))
    assert saved.weights.layers == {}


LOOKUP = {"class_name": "StringLookup", "name": "words", "config": {"name": "words", "vocabulary": None}}


def constant(name, *parts):
    """A node of a graph, with the parts of its tensor."""
    return field(1, field(1, name) + field(5, field(1, "value") + field(2, field(8, b"".join(parts)))))


def with_table(directory, *nodes):
    """The SavedModel with a lookup whose table is filled with the constants `keys` and `values`."""
    model = {"class_name": "Sequential", "config": {"layers": [LOOKUP]}}
    records = [("root", "_tf_keras_sequential", model), ("root.layer-0", "_tf_keras_layer", LOOKUP)]
    metadata = b"".join(
        field(1, field(3, path) + field(4, kind) + field(5, json.dumps(value))) for path, kind, value in records
    )
    (directory / "keras_metadata.pb").write_bytes(metadata)
    objects = [child(1, "layer-0"), child(2, "lookup_table"), child(3, "_initialize"), child(4, "trace_0")]
    objects += [child(5, "capture_1") + child(6, "capture_2"), field(9, field(1, "keys")), field(9, field(1, "values"))]
    graph = b"".join(field(1, each) for each in objects)
    (directory / "saved_model.pb").write_bytes(field(2, field(2, b"".join(nodes)) + field(7, graph)))
    return with_graph(directory, child(1, "layer-0"), b"")


def shaped(*dims):
    return field(2, b"".join(field(2, field(1, dim)) for dim in dims))


WORDS = constant("keys", field(1, STRING), shaped(2), field(8, "a"), field(8, "b"))
NUMBERS = constant("values", field(1, 9), shaped(2), field(10, number(2) + number(3)))


def test_a_vocabulary_that_is_written_here_can_be_read(directory):
    (layer,) = read_saved(with_table(directory, WORDS, NUMBERS)).config["config"]["layers"]
    assert layer["config"]["vocabulary"] == ["a", "b"]


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ([WORDS, constant("values", field(1, 9), shaped(2), field(10, number(3) + number(2)))], "is not in order"),
        ([WORDS, constant("values", field(1, 9), shaped(2), field(4, bytes(16)))], "is not in order"),
        ([WORDS, constant("values", field(1, 9), shaped(HUGE), field(10, number(2)))], "has 1 entries of 4611686018"),
        ([WORDS, constant("values", field(1, FLOAT), shaped(2), field(4, bytes(8)))], "has 0 entries of 2"),
        ([constant("keys", field(1, STRING), shaped(2), field(8, "a")), NUMBERS], "has 1 entries of 2"),
        ([constant("keys", field(1, STRING), shaped(1), field(8, b"\xff")), NUMBERS], "is not UTF-8"),
        ([field(1, field(1, "keys")), NUMBERS], "the constant 'keys' has no value"),
        ([b"\xff"], "ends within a number"),
    ],
)
def test_vocabularies(directory, nodes, text):
    refused(read_saved, with_table(directory, *nodes), text)


@pytest.mark.parametrize("nodes", [[], [WORDS], [WORDS, constant("values", field(1, 9), shaped(1), field(10, b"\2"))]])
def test_tables_without_contents_give_no_vocabulary(directory, nodes):
    (layer,) = read_saved(with_table(directory, *nodes)).config["config"]["layers"]
    assert layer["config"]["vocabulary"] is None


def test_a_long_chain_of_objects_is_not_followed_to_its_end(directory):
    """Paths to the objects would take the square of the length."""
    (directory / "keras_metadata.pb").unlink()
    chain = b"".join(field(1, child(n + 1, "a")) for n in range(20_000)) + field(1, b"")
    (directory / "saved_model.pb").write_bytes(field(2, field(7, chain)))
    assert not is_keras_file(directory)


def test_metadata_that_is_nested_too_deep(directory):
    text = '{"a":' * 5000 + "1" + "}" * 5000
    (directory / "keras_metadata.pb").write_bytes(field(1, field(3, "root") + field(5, text)))
    refused(read_saved, directory, "its metadata is n")


def test_handles_of_blocks_are_numbers(tmp_path):
    bad = block([(b"\xff", handle(HUGE, HUGE))])
    refused(read_all, write(tmp_path, bad + footer(0, len(bad) - 5)), "is declared at")
