"""Crafted `.keras` archives and lists of shards: what they try, and what must be said of them."""

from __future__ import annotations

import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

from tests.attacks.keras_hdf5 import CANARY, KERNEL, MODEL, Write, edited, linked, raw, within_itself

DEFLATED = zipfile.ZIP_DEFLATED
ESCAPES = "would lie outside of it"
Member = tuple[str | zipfile.ZipInfo, bytes]


def weights(spoil: Callable[[h5py.File], object] = lambda file: None) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["layers/dense/vars/0"] = KERNEL
        spoil(file)
    return buffer.getvalue()


def archive(*extra: Member, compression: int = zipfile.ZIP_STORED, **replaced: bytes | None) -> bytes:
    """A sound archive with further members, or with other contents (None: without it) of config, metadata, weights."""
    members = {"metadata.json": b'{"keras_version": "3.15.1"}', "config.json": json.dumps(MODEL).encode()}
    members["model.weights.h5"] = weights()
    names = {"config": "config.json", "metadata": "metadata.json", "weights": "model.weights.h5"}
    members |= {names[key]: content for key, content in replaced.items()}  # type: ignore[dict-item]
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as file:
        warnings.simplefilter("ignore", UserWarning)  # a name that is there twice
        for name, content in [*members.items(), *extra]:
            if content is not None:
                file.writestr(name, content)
    return buffer.getvalue()


def link(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info, target


def central(content: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """Change bytes of a member's entry in the central directory, at an offset from its start."""
    at = content.index(name, content.index(b"PK\x01\x02")) - 46 + offset
    return content[:at] + value + content[at + len(value) :]


def flipped(content: bytes) -> bytes:
    """One bit of the values of the weights is another."""
    at = content.index(KERNEL.tobytes()) + 3
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def archived(*extra: Member, **options: Any) -> Write:
    """Writes such an archive."""

    def write(path: Path) -> None:
        path.write_bytes(archive(*extra, **options))

    return write


def spoilt(edit: Callable[[bytes], bytes], **options: Any) -> Write:
    """Writes a sound archive whose bytes are changed."""
    return edited(archived(**options), edit)


def zeros(**options: int) -> Write:
    """An archive in which one of the members is so many MiB of zeros, which compress to nothing."""

    def write(path: Path) -> None:
        path.write_bytes(archive(compression=DEFLATED, **{name: bytes(size << 20) for name, size in options.items()}))

    return write


ARCHIVES: dict[str, tuple[Write, str]] = {
    "member above": (archived(("../evil.txt", b"x")), ESCAPES),
    "member above, within assets": (archived(("assets/../../evil.txt", b"x")), ESCAPES),
    "absolute member": (archived(("/tmp/evil.txt", b"x")), ESCAPES),
    "member on another drive": (archived(("C:/evil.txt", b"x")), ESCAPES),
    "member above, in the words of Windows": (
        edited(archived(("aaaaevil.txt", b"x")), lambda b: b.replace(b"aaaaevil", b"a\\..\\..x")), ESCAPES,
    ),
    "symbolic link": (archived(link("assets/words.txt", CANARY.encode())), "is a symbolic link"),
    "member twice": (archived(("config.json", b"{}")), "is there twice"),
    "encrypted": (spoilt(lambda b: central(b, b"config.json", 8, b"\x01\x00")), "is encrypted"),
    "unknown compression": (archived(compression=zipfile.ZIP_BZIP2), "is compressed by method 12"),
    "bomb for a configuration": (zeros(config=100), "would unpack .* bytes to 104,857,600"),
    "bomb for weights": (zeros(weights=100), "would unpack .* bytes to 104,857,600"),
    "bomb for a vocabulary": (
        lambda path: archived(("assets/a.txt", bytes(100 << 20)), compression=DEFLATED)(path), "would unpack .* bytes",
    ),
    "configuration beyond measure": (
        lambda path: archived(config=b" " * (33 << 20))(path), "has 34,603,008 bytes, where 33,554,432 are plenty",
    ),
    "assets beyond measure": (
        lambda path: archived(*((f"assets/{i}", bytes(23 << 20)) for i in range(3)))(path),
        "its assets take 72,351,744",
    ),
    "size that is a lie": (
        spoilt(lambda b: central(b, b"config.json", 24, struct.pack("<I", 1 << 30))), "claims 1,073,741,824 of",
    ),
    "sizes that are lies": (
        spoilt(lambda b: central(b, b"config.json", 20, struct.pack("<II", 1 << 30, 1 << 30))),
        "claims 1,073,741,824 of",
    ),
    "size of zip64 without one": (spoilt(lambda b: central(b, b"config.json", 20, b"\xff" * 8)), "damaged"),
    "place that is a lie": (spoilt(lambda b: central(b, b"config.json", 42, struct.pack("<I", 1 << 30))), "damaged"),
    "name that is another": (spoilt(lambda b: b.replace(b"config.json", b"config.jsom", 1)), "differ"),
    "directory beyond measure": (
        archived(*((f"assets/{i}" + "x" * 60_000, b"") for i in range(80))), "would be read at once",
    ),
    "flipped bit": (spoilt(flipped), "'model.weights.h5' has another checksum"),
    "flipped bit under another checksum": (
        spoilt(lambda b: central(b, b"model.weights.h5", 16, b"abcd"), compression=DEFLATED), "Bad CRC-32",
    ),
    "cut in the middle": (spoilt(lambda b: b[:1500]), "damaged"),
    "cut after the signature": (raw(b"PK\x03\x04"), "damaged"),
    "nothing in it": (raw(b"PK\x05\x06" + bytes(18)), "has no config.json"),
    "no weights": (archived(weights=None), "it has no model.weights.h5"),
    "pickled weights": (archived(("model.weights.npz", b"x"), weights=None), "are objects of Python"),
    "weights that are none": (archived(weights=b"junk"), "it is not an HDF5 file"),
    "weights with a link": (
        archived(weights=weights(lambda f: linked(f, "layers/x", h5py.ExternalLink(CANARY, "/")))),
        "link to another file",
    ),
    "weights within themselves": (archived(weights=weights(within_itself)), "in two places, or within itself"),
    "compressed weights with a link": (
        archived(weights=weights(lambda f: linked(f, "layers/x", h5py.SoftLink("/"))), compression=DEFLATED),
        "model.keras is refused: 'x' in '/layers' is a symbolic link",
    ),
    "configuration that is no model": (archived(config=b"{}"), "config.json is no model"),
    "compile state that is a list": (
        archived(config=json.dumps({**MODEL, "compile_config": [1]}).encode()), "its compile_config is not an object",
    ),
    "metadata that is not JSON": (archived(metadata=b"x"), "metadata.json is not JSON"),
}  # fmt: skip


def shards(*files: object) -> Write:
    """A list of these files of weights."""
    return raw(json.dumps({"weight_map": {"/layers/dense/vars": list(files)}}).encode())


SHARDS: dict[str, tuple[Write, str]] = {
    "shard above": (shards("../canary.weights.h5"), "which is none of the weights beside it"),
    "absolute shard": (shards("/canary.weights.h5"), "which is none of the weights beside it"),
    "shard of another name": (shards(CANARY), "which is none of the weights beside it"),
    "shard that is a number": (shards(3), "names the file 3"),
    "shard that is not there": (shards("none.weights.h5"), "none.weights.h5 is damaged|No such file"),
    "no list": (raw(b"{}"), "does not say in which files"),
    "list that is not JSON": (raw(b"["), "is not JSON"),
}
