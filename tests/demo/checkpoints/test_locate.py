import shutil

import pytest

from jax_to_tfjs_demo.checkpoints.locate import locate
from jax_to_tfjs_demo.errors import DemoError


@pytest.mark.parametrize(
    ("path", "step", "expected"),
    [("jax_mnist/1", None, 1), ("jax_mnist", None, 3), ("jax_mnist/best", None, 2), ("jax_mnist", 2, 2),
     ("jax_mnist", "1", 1), ("jax_mnist", "best", 2)],
)  # fmt: skip
def test_a_step_or_the_latest_or_the_best(three, path, step, expected):
    root, _ = three
    found = locate(root / path, step)
    assert (found.step, found.path) == (expected, root / "jax_mnist" / str(expected))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("jax_mnist/9", r"There is no checkpoint .+9\.\n  fix: Name one of .+jax_mnist/1, .+jax_mnist/2, "),
        ("", r"holds directories of models, and is not a checkpoint\.\n  fix: Name one of .+jax_mnist/1, "),
        ("jax_mnist/2/model", r"lies inside of a checkpoint\.\n  fix: Name .+jax_mnist/2\."),
        ("flax_mnist", r"There is no checkpoint .+\n  fix: Name one of .+jax_mnist/1"),
    ],
)
def test_what_is_no_checkpoint_is_told_with_those_near_it(three, path, reason):
    root, _ = three
    with pytest.raises(DemoError, match=reason):
        locate(root / path)


def test_where_there_is_none_at_all_training_is_named(tmp_path):
    for path in ("checkpoints/flax_mnist/1", "checkpoints/flax_mnist", "checkpoints/flax_mnist/best"):
        with pytest.raises(DemoError, match="fix: Train a model first: `uv run app train flax`"):
            locate(tmp_path / path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DemoError, match=r"There is no checkpoint in .+empty yet"):
        locate(tmp_path / "empty")
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="file is not a checkpoint of a training"):
        locate(tmp_path / "file")


def test_a_torn_one_is_refused(three, tmp_path):
    root, _ = three
    shutil.copytree(root / "jax_mnist" / "1", tmp_path / "1")
    (tmp_path / "1").rename(tmp_path / "1.orbax-checkpoint-tmp")
    with pytest.raises(DemoError, match="is torn: the training was interrupted while it wrote it"):
        locate(tmp_path / "1.orbax-checkpoint-tmp")
    with pytest.raises(DemoError, match="holds only checkpoints that were never finished"):
        locate(tmp_path)
