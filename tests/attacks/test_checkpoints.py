"""Checkpoints that must be refused: no crash, no large allocation, nothing executed, nothing read outside the file."""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import tracemalloc
import zipfile

import msgpack
import numpy as np
import pytest

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.errors import CheckpointError, TotfjsError, UnsafeCheckpointError

HUGE = 2**62


def read_all(path):
    """Read a checkpoint to its last value, as a conversion would: by pieces."""
    for _, array in leaves(read_checkpoint(path).tree):
        for _ in array.chunks():
            pass


def refused(path, content, text="."):
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(TotfjsError, match=text) as raised:
            read_all(path)
        assert tracemalloc.get_traced_memory()[1] < 64e6
    finally:
        tracemalloc.stop()
    return raised.value


def safetensors(header, data=b""):
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + data


def tensor(shape=(2,), start=0, end=8, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "too few for a header"),
        (b"\x01", "too few for a header"),
        (struct.pack("<Q", HUGE) + b"{}", "too few for a header"),
        (safetensors(b"not json"), "its header is not JSON"),
        (safetensors(b"\xff\xfe"), "its header is not JSON"),
        (safetensors(b"[" * 100_000), "its header is not JSON"),
        (safetensors(b"[]"), "its header is not an object"),
        (safetensors(b'{"a":{"dtype":"F32","dtype":"F32"}}'), "a name is there twice"),
        (safetensors({"a": tensor(), "b": tensor()}, bytes(8)), "'b' starts at byte 0 where 8 was due"),
        (safetensors({"a": tensor(), "b": tensor(start=4, end=12)}, bytes(12)), "starts at byte 4 where 8 was due"),
        (safetensors({"a": tensor(start=4, end=12)}, bytes(12)), "starts at byte 4 where 0 was due"),
        (safetensors({"a": tensor()}, bytes(12)), "take 8 bytes of the 12"),
        (safetensors({"a": tensor()}, bytes(4)), "take 8 bytes of the 4"),
        (safetensors({"a": tensor(shape=(3,))}, bytes(8)), "has 8 bytes for float32"),
        (safetensors({"a": tensor(shape=(HUGE, HUGE), end=4 * HUGE * HUGE)}), "take .* bytes of the 0"),
        (safetensors({"a": tensor(shape=(-1,))}, bytes(8)), "has shape"),
        (safetensors({"a": tensor(shape=(-2, -1))}, bytes(8)), "has shape"),
        (safetensors({"a": tensor(shape=(True, 2))}, bytes(8)), "has shape"),
        (safetensors({"a": tensor(shape=(2.0,))}, bytes(8)), "has shape"),
        (safetensors({"a": tensor(start=8, end=0)}, bytes(8)), "has -8 bytes"),
        (safetensors({"a": tensor(dtype="F99")}, bytes(8)), "that can be read"),
        (safetensors({"a": tensor(dtype=[])}, bytes(8)), "that can be read"),
        (safetensors({"a": None}), "that can be read"),
        (safetensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}), "that can be read"),
    ],
)
def test_safetensors(tmp_path, content, text):
    refused(tmp_path / "m.safetensors", content, text)


def npy(shape, descr="'<f4'", data=b"", fortran="False", version=(1, 0)):
    header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(header)) + header + data


def npz(*members, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def objects():
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], object), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("member", "text"),
    [
        (("a.npy", npy("(2,)", data=bytes(4))), "declares .* but holds 4 bytes"),
        (("a.npy", npy(f"({HUGE}, {HUGE})", data=bytes(8))), "declares .* but holds 8 bytes"),
        (("a.npy", npy("(-1,)", data=bytes(8))), "declares|shape"),
        (("a.npy", npy("(-1, -2)", data=bytes(8))), "shape"),
        (("a.npy", npy("'x'")), "damaged"),
        (("a.npy", npy("(2,)", descr="'|V2'", data=bytes(4))), "do not keep bfloat16"),
        (("a.npy", npy("(2,)", descr="[('x', '<f4')]", data=bytes(8))), "holds records in 'a', of the fields x"),
        (("a.npy", npy("(2,)", descr="'nonsense'")), "damaged"),
        (("a.npy", npy("__import__('os')")), "damaged"),
        (("a.npy", npy("(2,)", version=(9, 9))), "damaged"),
        (("a.npy", b"\x93NUMPY\x01\x00\xff\xff{"), "damaged"),
        (("a.npy", b"junk"), "damaged"),
        (("a.npy", b""), "damaged"),
        (("../../escape.npy", npy("(1,)", data=bytes(4))), "not an array"),
        (("payload.txt", b"hello"), "not an array"),
        (("a.npy", npy("(" * 500 + ")" * 500)), "damaged"),
    ],
)
def test_npz(tmp_path, member, text, compression):
    refused(tmp_path / "m.npz", npz(member, compression=compression), text)


def test_npz_with_objects_is_never_unpickled(tmp_path):
    error = refused(tmp_path / "m.npz", npz(("a.npy", objects())), "holds Python objects in 'a'")
    assert isinstance(error, UnsafeCheckpointError)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_npz_with_one_name_twice(tmp_path):
    member = ("a.npy", npy("(1,)", data=bytes(4)))
    refused(tmp_path / "m.npz", npz(member, member), "is there twice")


def test_npz_that_claims_more_than_deflate_can_hold(tmp_path):
    content = bytearray(npz(("a.npy", npy(f"({2**28},)", data=bytes(400))), compression=zipfile.ZIP_DEFLATED))
    claim = struct.pack("<I", 2**30 + len(npy(f"({2**28},)")))
    central = content.rindex(b"PK\x01\x02")
    content[central + 24 : central + 28] = claim
    refused(tmp_path / "m.npz", bytes(content), "claims .* bytes from")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_npz_whose_content_was_changed(tmp_path, compression):
    data = random.Random(0).randbytes(4000)
    content = bytearray(npz(("a.npy", npy("(1000,)", data=data)), compression=compression))
    content[2000] ^= 0xFF
    refused(tmp_path / "m.npz", bytes(content), "damaged")


def test_npz_cut_anywhere(tmp_path):
    whole = npz(("a.npy", npy("(10,)", data=bytes(40))), ("b.npy", npy("(1,)", data=bytes(4))))
    for length in range(2, len(whole)):
        refused(tmp_path / "m.npz", whole[:length])


def extension(kind, payload):
    return msgpack.ExtType(kind, msgpack.packb(payload))


def array_of(shape, dtype, data):
    return msgpack.packb({"a": extension(1, (shape, dtype, data))})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "bytes are due"),
        (b"\xc1", "means nothing in msgpack"),
        (b"\xdd\xff\xff\xff\xff", "4294967295 values are declared where 0 bytes are left"),
        (b"\xdf\xff\xff\xff\xff", "values are declared"),
        (b"\xc6\xff\xff\xff\xff", "bytes are due where 0 are left"),
        (b"\xdb\xff\xff\xff\xff", "bytes are due where 0 are left"),
        (b"\xc9\xff\xff\xff\xff\x01", "damaged"),
        (b"\x91" * 100_000, "nested deeper"),
        (b"\x81" * 100_000, "damaged"),
        (b"\xd8\x01" * 50_000, "damaged"),
        (b"\x82\xa1a\x01\xa1a\x02", "a key in it is there twice"),
        (b"\x81\x90\x01", "is not a name"),
        (b"\x81\xa1\xff\x01", "not UTF-8"),
        (b"\x81\xa1a\x01rest", "bytes follow its end"),
        (array_of((3,), "float32", bytes(8)), r"declares float32\[3\] but holds 8 bytes"),
        (array_of((2**60, 2**60), "float32", bytes(8)), "but holds 8 bytes"),
        (array_of((-1, -2), "float32", bytes(8)), "has the shape"),
        (array_of("x", "float32", bytes(8)), "has the shape"),
        (array_of((1,), "object", bytes(8)), "has dtype 'object'"),
        (array_of((1,), "finfo", bytes(8)), "has dtype 'finfo'"),
        (array_of((1,), "float8_", bytes(8)), "has dtype"),
        (array_of((1,), "V8", bytes(8)), "has dtype 'V8'"),
        (array_of((1,), ["f"], bytes(8)), "has dtype"),
        (array_of((2,), "float32", "text"), "has the shape"),
        (msgpack.packb({"a": extension(9, [1, 2])}), "extension of type 9"),
        (msgpack.packb({"a": extension(2, ["x", "y"])}), "extension of type 2"),
        (msgpack.packb({"a": msgpack.ExtType(1, b"\x93\x90\xa7float32\xc4\x04abcd" + b"more")}), "not as long"),
        (msgpack.packb({"__msgpack_chunked_array__": True}), "do not fit together"),
        (msgpack.packb({"__msgpack_chunked_array__": 1, "shape": {"0": 9}, "chunks": {"0": 1}}), "do not fit together"),
    ],
)
def test_msgpack(tmp_path, content, text):
    refused(tmp_path / "m.msgpack", content, text)


def good_files():
    stored = npz(("a.npy", npy("(3,)", data=bytes(12))))
    packed = msgpack.packb({"a": extension(1, ((3,), "float32", bytes(12))), "b": [1, 2.5, "x"]})
    pickled = pickle.dumps({"a": np.zeros(3, np.float32), "b": [1, 2.5, "x"]})
    whole = safetensors({"a": tensor((3,), 0, 12)}, bytes(12))
    return {"npz": stored, "msgpack": packed, "safetensors": whole, "pkl": pickled}


@pytest.mark.parametrize("kind", ["npz", "msgpack", "safetensors", "pkl"])
def test_any_changed_bytes_are_read_or_refused_but_never_crash(tmp_path, kind):
    content, chance, path = good_files()[kind], random.Random(0), tmp_path / f"m.{kind}"
    outcomes = set()
    for _ in range(600):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        path.write_bytes(changed)
        try:
            read_all(path)
            outcomes.add("read")
        except CheckpointError:
            outcomes.add("refused")
        except TotfjsError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
