"""Archives are unpacked when they are sound, and refused before they do harm."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest

from tests.sources.tensorflow.hub.archives import GRAPH, SOUND, bomb, claiming, common, packed, resized, special, tar
from totfjs.errors import HubError, UnsafeHubError
from totfjs.sources.tensorflow.hub.unpack import unpack

LONG = "/".join(["assets", "a" * 90, "b" * 90])
TOO_DEEP = "/".join("abcdefgh" * 5)


def unpacked(content: bytes, place: Path) -> Path:
    archive, directory = place / "m.tar.gz", place / "to" / "made"
    archive.write_bytes(content)
    unpack("m.tar.gz", archive, directory)
    return directory


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gz", "plain"])
def test_files_and_directories_are_written(form: int, pack: type, tmp_path: Path) -> None:
    made = unpacked(pack(tar(SOUND | {LONG: b"words", "empty": b""}, form=form)), tmp_path)
    found = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert found == {"saved_model.pb": GRAPH, "variables/variables.index": b"index", LONG: b"words", "empty": b""}


def test_names_that_only_pax_can_say_are_read(tmp_path: Path) -> None:
    made = unpacked(tar({"saved_model.pb": GRAPH, "assets/wörter.txt": b"1"}, form=tarfile.PAX_FORMAT), tmp_path)
    assert (made / "assets" / "wörter.txt").read_bytes() == b"1"


def test_an_archive_of_several_gzip_members_is_one(tmp_path: Path) -> None:
    whole = tar(SOUND)
    made = unpacked(gzip.compress(whole[:700]) + gzip.compress(whole[700:]), tmp_path)
    assert (made / "saved_model.pb").read_bytes() == GRAPH


OUTSIDE = "would lie outside of its directory"
ATTACKS: dict[str, tuple[bytes, str]] = {
    "traversal": (packed({"../evil": b"x"}), OUTSIDE),
    "inner traversal": (packed({"a/../../evil": b"x"}), OUTSIDE),
    "absolute": (packed({"/tmp/evil": b"x"}), OUTSIDE),
    "drive": (packed({"C:evil": b"x"}), OUTSIDE),
    "backslashes": (packed({"..\\evil": b"x"}), OUTSIDE),
    "traversal by pax": (gzip.compress(tar({f"../{'é' * 99}": b"x"}, form=tarfile.PAX_FORMAT)), OUTSIDE),
    "symbolic link": (packed(SOUND, [special("link", tarfile.SYMTYPE, "/etc")]), "'link' in it is a symbolic link"),
    "hard link": (packed(SOUND, [special("link", tarfile.LNKTYPE, "/etc/passwd")]), "'link' in it is a hard link"),
    "device": (packed(SOUND, [special("null", tarfile.CHRTYPE)]), "'null' in it is a device"),
    "disk": (packed(SOUND, [special("sda", tarfile.BLKTYPE)]), "'sda' in it is a device"),
    "pipe": (packed(SOUND, [special("pipe", tarfile.FIFOTYPE)]), "'pipe' in it is a pipe"),
    "sparse": (packed(SOUND, [special("hole", tarfile.GNUTYPE_SPARSE)]), "'hole' in it is a sparse file"),
    "other kind": (packed(SOUND, [special("odd", b"Z")]), "is of the kind b'Z'"),
    "twice": (tar({"a": b"1"})[:1024] + tar({"a": b"2"}), "'a' is in it twice"),
    "by case alone": (packed({"Assets/a": b"1", "assets/b": b"2"}), "by its spelling alone"),
    "by composition alone": (packed({"caf\u00e9": b"1", "cafe\u0301": b"2"}), "by its spelling alone"),
    "file as directory": (packed({"a": b"1", "a/b": b"2"}), "is in it twice"),
    "directory as file": (packed({"a/b": b"1", "a": b"2"}), "is in it twice"),
    "reserved": (packed({"aux.txt": b"1"}), "keep for themselves"),
    "stream of NTFS": (packed({"saved_model.pb:evil": b"1"}), "keep for themselves"),
    "control characters": (packed({"a\x1b[2Jb": b"1"}), "is no name for a file"),
    "too deep": (packed({TOO_DEEP: b"1"}), "is no name for a file"),
    "many members": (gzip.compress(tar({"d/": None})[:512] * 100_000), "more than 4,096 members"),
    "long name": (gzip.compress(claiming(1 << 30, b"L") + bytes(4096)), "a name in it claims"),
    "long extended header": (gzip.compress(claiming(1 << 30, b"x") + bytes(4096)), "a name in it claims"),
    "size for all": (common({"size": "0"}) + tar(SOUND), "gives all files one name or size"),
    "claim": (gzip.compress(claiming(1 << 40) + bytes(4096)), "claims 1,099,511,627,776 bytes"),
    "bomb": (bomb(300), "claims 314,572,800 bytes"),
    "bomb behind the end": (packed() + gzip.compress(bytes(300 << 20), 9), "unpacks to more than 268,435,456 bytes"),
}


@pytest.mark.parametrize(("content", "message"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeHubError, match=message):
        unpacked(content, tmp_path)
    outside = {path.name for path in tmp_path.iterdir()} | {path.name for path in (tmp_path / "to").glob("*")}
    assert outside <= {"m.tar.gz", "to", "made"}


WHOLE = packed()
DAMAGE: dict[str, tuple[bytes, str]] = {
    "truncated gzip": (WHOLE[:-20], "is damaged: "),
    "truncated checksum": (WHOLE[:-4], "is damaged: "),
    "wrong checksum": (WHOLE[:-8] + bytes(8), "is damaged: CRC check failed"),
    "truncated tar": (tar(SOUND)[:1500], "it ends early"),
    "truncated file": (tar({"a": bytes(5000)})[:3000], "it ends within 'a'"),
    "garbage within": (gzip.compress(tar(SOUND)[:512] + b"\1" * 512), "another checksum"),
    "nothing packed": (gzip.compress(b""), "it ends early"),
    "size that is no number": (resized(b"9" * 11), "a size in it is no number"),
    "page": (b"<!DOCTYPE html><html>", "is a page to read"),
    "empty": (b"", "is empty"),
    "zip": (b"PK\x03\x04" + bytes(600), "neither a .tar.gz file nor a .tar file"),
    "nothing in it": (packed({}), "an archive with nothing in it"),
    "directory with bytes": (gzip.compress(claiming(9, b"5") + bytes(4096)), "claims 9 bytes"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match=message):
        unpacked(content, tmp_path)
