import errno
import os

import pytest

from totfjs.errors import DiskFullError, OutputError, OutputPermissionError
from totfjs.weights.disk import sync_directory, write_file, writing


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (errno.ENOSPC, DiskFullError, "There is no room left to write .*out"),
        (errno.EFBIG, DiskFullError, "There is no room left to write .*out"),
        (errno.EACCES, OutputPermissionError, "out cannot be written: Permission denied"),
        (errno.EROFS, OutputPermissionError, "out cannot be written: Read-only file system"),
        (errno.ENOTDIR, OutputError, "one of its parents is a file"),
        (errno.EIO, OutputError, "out cannot be written: Input/output error"),
    ],
)
def test_each_failure_is_one_clear_error(tmp_path, code, kind, text):
    with pytest.raises(OutputError, match=text) as raised, writing(tmp_path / "out"):
        raise OSError(code, os.strerror(code))
    assert type(raised.value) is kind
    assert raised.value.remedy


def test_a_file_is_written(tmp_path):
    write_file(tmp_path / "a", b"content")
    sync_directory(tmp_path)
    assert (tmp_path / "a").read_bytes() == b"content"
