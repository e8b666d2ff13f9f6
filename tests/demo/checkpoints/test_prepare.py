import pytest

from jax_to_tfjs_demo.checkpoints.prepare import prepare
from jax_to_tfjs_demo.errors import DemoError


def test_directories_are_made_once(tmp_path):
    root = tmp_path / "checkpoints"
    assert [(one.path, one.made) for one in prepare(["a", "b"], root)] == [(root / "a", True), (root / "b", True)]
    (root / "a" / "1").mkdir()
    assert [one.made for one in prepare(["a", "b", "c"], root)] == [False, False, True]
    assert (root / "a" / "1").is_dir()


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(DemoError, match=r"cannot be made: .+\n  fix: Move the file of that name away"):
        prepare(["a"], tmp_path / "checkpoints")
