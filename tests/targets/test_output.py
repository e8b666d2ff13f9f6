import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from totfjs.errors import DiskFullError, OutputError, OutputExistsError, OutputPermissionError
from totfjs.targets import output, recover, replacing

MODEL = b'{"modelTopology":{}}'


def write(target, content=MODEL, **options):
    with replacing(target, **options) as directory:
        (directory / "model.json").write_bytes(content)


def content(target):
    return (target / "model.json").read_bytes()


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture(params=["exchange", "fallback"])
def way(request, monkeypatch):
    if request.param == "fallback":
        monkeypatch.setattr(output, "exchange", lambda one, other: False)
    return request.param


def test_a_new_output_appears_with_its_parents_and_nothing_else(tmp_path, way):
    target = tmp_path / "some" / "where" / "web"
    write(target)
    assert content(target) == MODEL
    assert names(target.parent) == ["web"]


def test_an_empty_directory_is_filled(tmp_path):
    (tmp_path / "web").mkdir()
    write(tmp_path / "web")
    assert content(tmp_path / "web") == MODEL


def test_an_existing_output_is_kept_without_force(tmp_path):
    write(tmp_path / "web", b'{"modelTopology":1}')
    with pytest.raises(OutputExistsError, match=r"web exists already.\n  fix: Replace it with --force"):
        write(tmp_path / "web")
    assert content(tmp_path / "web") == b'{"modelTopology":1}'
    assert names(tmp_path) == ["web"]


def test_force_replaces_the_whole(tmp_path, way):
    write(tmp_path / "web", b'{"modelTopology":1}')
    (tmp_path / "web" / "group1-shard1of1.bin").write_bytes(b"old")
    write(tmp_path / "web", force=True)
    assert content(tmp_path / "web") == MODEL
    assert names(tmp_path / "web") == ["model.json"]
    assert names(tmp_path) == ["web"]


def test_force_keeps_the_mode_of_the_directory(tmp_path, way):
    write(tmp_path / "web")
    (tmp_path / "web").chmod(0o750)
    write(tmp_path / "web", force=True)
    assert stat.S_IMODE((tmp_path / "web").stat().st_mode) == 0o750


@pytest.mark.parametrize("stranger", ["thesis.txt", "sub/"])
def test_force_never_removes_what_is_no_web_model(tmp_path, stranger):
    write(tmp_path / "web")
    path = tmp_path / "web" / stranger
    path.mkdir() if stranger.endswith("/") else path.write_text("mine")
    with pytest.raises(OutputExistsError, match=f"holds files that are not those of a web model: {stranger}."):
        write(tmp_path / "web", force=True)
    assert path.exists()
    assert content(tmp_path / "web") == MODEL


def test_a_file_that_appears_while_we_write_is_not_removed(tmp_path):
    write(tmp_path / "web")
    with pytest.raises(OutputExistsError, match=r"late.txt"), replacing(tmp_path / "web", force=True) as directory:
        (directory / "model.json").write_bytes(b"{}")
        (tmp_path / "web" / "late.txt").write_text("mine")
    assert names(tmp_path / "web") == ["late.txt", "model.json"]
    assert names(tmp_path) == ["web"]


def test_an_output_that_appears_while_we_write_is_not_replaced(tmp_path):
    with pytest.raises(OutputExistsError, match="exists already"), replacing(tmp_path / "web"):
        (tmp_path / "web").mkdir()
        (tmp_path / "web" / "model.json").write_bytes(MODEL)
    assert content(tmp_path / "web") == MODEL


def test_a_file_at_the_output_is_refused(tmp_path):
    (tmp_path / "web").write_text("mine")
    with pytest.raises(OutputExistsError, match="web is a file"):
        write(tmp_path / "web", force=True)
    with pytest.raises(OutputError, match="one of its parents is a file"):
        write(tmp_path / "web" / "inner")
    assert (tmp_path / "web").read_text() == "mine"


def test_a_link_is_followed_and_stays(tmp_path, way):
    write(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", b'{"modelTopology":2}', force=True)
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "real") == b'{"modelTopology":2}'


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_failure_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(error), replacing(tmp_path / "new" / "web") as directory:
        (directory / "model.json").write_bytes(MODEL)
        raise error
    assert names(tmp_path) == []


def test_a_failure_leaves_the_old_output(tmp_path):
    write(tmp_path / "web")
    with pytest.raises(ValueError), replacing(tmp_path / "web", force=True) as directory:
        (directory / "model.json").write_bytes(b"half")
        raise ValueError
    assert content(tmp_path / "web") == MODEL
    assert names(tmp_path) == ["web"]


def test_errors_name_the_output_and_not_the_hidden_sibling(tmp_path):
    with pytest.raises(DiskFullError) as raised, replacing(tmp_path / "web") as directory:
        raise DiskFullError(f"There is no room left to write {directory / 'model.json'}.")
    assert raised.value.what == f"There is no room left to write {tmp_path / 'web' / 'model.json'}."


LIMITED = """
import resource, sys
import numpy as np
from totfjs.errors import DiskFullError
from totfjs.targets import write_weights
from totfjs.weights import Dense
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_weights(sys.argv[1], [("w", Dense(np.zeros(100_000, np.float32)))])
except DiskFullError as error:
    print(error.what)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files to fill up")
def test_a_system_that_stops_taking_bytes_is_one_clear_error(tmp_path):
    target = tmp_path / "new" / "web"
    run = subprocess.run([sys.executable, "-c", LIMITED, str(target)], capture_output=True, text=True, check=True)
    assert run.stdout == f"There is no room left to write {target}/group1-shard1of1.bin.\n"
    assert names(tmp_path) == []


def test_a_directory_that_may_not_be_written_is_one_clear_error(tmp_path, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(OutputPermissionError, match="web cannot be written: Permission denied"):
        write(tmp_path / "web")


WRITER = """
import os, sys, time
from totfjs.targets import output
with output.replacing(sys.argv[1], force=True) as directory:
    (directory / "model.json").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "web")], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"writing\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_living_writer_is_left_alone_and_a_killed_one_is_swept(tmp_path, writer):
    write(tmp_path / "web")
    assert len(names(tmp_path)) == 2
    writer.kill()
    writer.wait()
    write(tmp_path / "web", force=True)
    assert names(tmp_path) == ["web"]


class Killed(BaseException):
    pass


def killed_between_renames(tmp_path, monkeypatch):
    """Leave what a kill leaves between the two renames of the fallback."""
    write(tmp_path / "web", b'{"modelTopology":"old"}')
    monkeypatch.setattr(output, "exchange", lambda one, other: False)
    kept, rename = tmp_path / "kept", Path.rename

    def rename_once(self, target):
        rename(self, target)
        shutil.copytree(tmp_path, kept)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Path, "rename", rename_once)
        write(tmp_path / "web", force=True)
    return kept


def test_a_kill_between_the_renames_is_recovered_by_a_reader(tmp_path, monkeypatch):
    kept = killed_between_renames(tmp_path, monkeypatch)
    assert not (kept / "web").exists()
    assert recover(kept / "web")
    assert content(kept / "web") == b'{"modelTopology":"old"}'
    assert not recover(kept / "web")


def test_a_kill_between_the_renames_is_recovered_by_the_next_write(tmp_path, monkeypatch):
    kept = killed_between_renames(tmp_path, monkeypatch)
    with pytest.raises(OutputExistsError, match="exists already"):
        write(kept / "web")
    assert content(kept / "web") == b'{"modelTopology":"old"}'
    write(kept / "web", force=True)
    assert names(kept) == ["web"]
    assert content(kept / "web") == MODEL


def test_an_old_output_half_deleted_is_not_brought_back(tmp_path):
    (tmp_path / ".web.totfjs-1-00.old").mkdir()
    assert not recover(tmp_path / "web")
    write(tmp_path / "web")
    assert names(tmp_path) == ["web"]


def test_a_failing_second_rename_puts_the_old_output_back(tmp_path, monkeypatch):
    write(tmp_path / "web", b'{"modelTopology":"old"}')
    monkeypatch.setattr(output, "exchange", lambda one, other: False)
    rename = Path.rename

    def failing(self, target):
        if self.name.endswith(".new"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputPermissionError):
        write(tmp_path / "web", force=True)
    assert content(tmp_path / "web") == b'{"modelTopology":"old"}'
    assert names(tmp_path) == ["web"]


def test_long_names_fit(tmp_path):
    target = tmp_path / ("w" * 250)
    write(target)
    write(target, force=True)
    assert names(tmp_path) == [target.name]


def test_the_working_directory_itself_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("web")
    assert content(tmp_path / "web") == MODEL
    assert Path.cwd() == tmp_path
