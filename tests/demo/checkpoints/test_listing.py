import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from jax_to_tfjs_demo.checkpoints.listing import directories, find


def test_all_checkpoints_with_what_is_known_of_them(three):
    root, _ = three
    found = find(root)
    assert [(one.model, one.step, one.accuracy, one.best) for one in found] == [
        ("jax_mnist", 1, 0.5, False), ("jax_mnist", 2, 0.9, True), ("jax_mnist", 3, 0.7, False),
    ]  # fmt: skip
    assert all(one.complete and abs(one.loss - (1 - one.accuracy)) < 1e-9 for one in found)
    files = [file for file in (root / "jax_mnist" / "2").rglob("*") if file.is_file()]
    assert found[1].bytes == sum(file.stat().st_size for file in files)
    assert timedelta() < datetime.now(UTC) - found[0].date < timedelta(hours=1)


def test_the_directory_of_a_model_may_be_named(three):
    root, _ = three
    assert find(root / "jax_mnist") == find(root)


def test_torn_ones_are_listed_as_such(three, tmp_path):
    root, _ = three
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    (tmp_path / "jax_mnist" / "3" / "optimizer" / "_METADATA").unlink()
    (tmp_path / "jax_mnist" / "4.orbax-checkpoint-tmp" / "model").mkdir(parents=True)
    (tmp_path / "jax_mnist" / "4.orbax-checkpoint-tmp" / "model" / "a").write_bytes(b"123")
    assert [(one.step, one.state, one.best) for one in find(tmp_path)] == [
        (1, "complete", False), (2, "complete", True), (3, "torn", False), (4, "torn", False),
    ]  # fmt: skip
    assert (find(tmp_path)[3].bytes, find(tmp_path)[3].accuracy) == (3, None)


def test_nothing_is_found_where_nothing_is(tmp_path):
    assert find(tmp_path) == find(tmp_path / "nowhere") == []
    (tmp_path / "flax_mnist").mkdir()
    assert find(tmp_path) == []
    assert directories(tmp_path) == [tmp_path / "flax_mnist"]


def test_a_record_as_json(three):
    root, _ = three
    record = json.loads(json.dumps(find(root)[1].as_json()))
    assert (record["state"], record["accuracy"], record["best"]) == ("complete", 0.9, True)
    assert datetime.fromisoformat(record["date"]).tzinfo is not None


def test_listing_needs_neither_jax_nor_orbax():
    code = "import sys, jax_to_tfjs_demo.checkpoints.locate; print({'jax', 'orbax', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
