import json

import pytest

from jax_to_tfjs_demo.checkpoints import disk


def step(path, *, items=("model",), committed=1):
    path.mkdir(parents=True)
    record = {"item_handlers": dict.fromkeys(items, "…"), "commit_timestamp_nsecs": committed}
    (path / "_CHECKPOINT_METADATA").write_text(json.dumps(record))
    (path / "model").mkdir()
    (path / "model" / "_METADATA").write_text("{}")
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [("3", 3), ("12", 12), ("3.orbax-checkpoint-tmp", 3), ("3.orbax-checkpoint-tmp-17", 3), ("a", None), ("-1", None),
     (".deleted", None), ("3.txt", None)],
)  # fmt: skip
def test_steps_by_their_names(tmp_path, name, expected):
    assert disk.step_of(tmp_path / name) == expected


def test_a_step_is_complete_when_it_was_finished_and_lacks_no_item(tmp_path):
    assert disk.is_complete(step(tmp_path / "1"))
    assert not disk.is_complete(step(tmp_path / "2", items=("model", "optimizer")))
    assert not disk.is_complete(step(tmp_path / "3", committed=None))
    assert not disk.is_complete(step(tmp_path / "4.orbax-checkpoint-tmp"))
    assert list(disk.steps(tmp_path)) == [1]
    assert [path.name for path in disk.torn(tmp_path)] == ["2", "3", "4.orbax-checkpoint-tmp"]


@pytest.mark.parametrize("content", ["", '{"item_handlers"', "[]", "{}", '{"commit_timestamp_nsecs": 1}'])
def test_a_step_whose_record_is_cut_off_is_torn(tmp_path, content):
    (step(tmp_path / "1") / "_CHECKPOINT_METADATA").write_text(content)
    assert [path.name for path in disk.torn(tmp_path)] == ["1"]
    disk.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_best_is_the_later_of_equals_and_none_where_no_accuracy_is_known(tmp_path):
    for number, accuracy in [(1, 0.5), (2, 0.9), (3, 0.9), (4, None), (5, 0.1)]:
        (step(tmp_path / str(number)) / "progress").mkdir()
        (tmp_path / str(number) / "progress" / "metadata").write_text(json.dumps({"accuracy": accuracy}))
    found = disk.steps(tmp_path)
    assert disk.best(found) == 3
    assert disk.best({4: found[4]}) is None
