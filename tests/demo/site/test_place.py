from __future__ import annotations

import json
from pathlib import Path

import pytest

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.site.place import LIST, check, hash_of, replacing


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    listed = {name: hash_of(folder / name) for name in files}
    (folder / LIST).write_text(json.dumps({"files": listed}))


def test_the_new_takes_the_place_of_the_old(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with replacing(tmp_path / "a/site") as folder:
            write(folder, **{"page/x.js": text})
        assert (tmp_path / "a/site/page/x.js").read_text() == text
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["site"]


def test_an_error_leaves_the_old(tmp_path: Path) -> None:
    with replacing(tmp_path / "site") as folder:
        write(folder, x="one")
    with pytest.raises(ValueError, match="no"), replacing(tmp_path / "site") as folder:
        write(folder, x="two")
        raise ValueError("no")
    assert (tmp_path / "site/x").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_empty_directory_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    check(tmp_path / "site")
    check(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "told"), [("mine.txt", "mine.txt"), ("x", "x"), ("deep/mine", "deep/, deep/mine"), (LIST, LIST)]
)
def test_what_was_added_or_changed_is_named(tmp_path: Path, name: str, told: str) -> None:
    write(tmp_path / "site", x="one")
    if name == LIST:
        (tmp_path / "site/x").unlink()
    path = tmp_path / "site" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("[]")
    with pytest.raises(DemoError, match=f": {told}."):
        check(tmp_path / "site")


def test_a_link_in_the_place_of_a_file_is_not_ours(tmp_path: Path) -> None:
    write(tmp_path / "site", x="one")
    (tmp_path / "elsewhere").write_text("one")
    (tmp_path / "site/x").unlink()
    (tmp_path / "site/x").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DemoError, match="x"):
        check(tmp_path / "site")


def test_a_file_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(DemoError, match="is a file"):
        check(tmp_path / "site")
