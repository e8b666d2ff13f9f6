"""A site appears whole or not at all, always with the same bytes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from jax_to_tfjs_demo import site
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.site.build import page
from jax_to_tfjs_demo.site.place import hash_of
from jax_to_tfjs_demo.verification import note
from tests.demo.site import network
from tests.demo.site.network import quiet
from tests.demo.verification.test_measured import comparison


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_models_give_the_same_bytes(models: list[Path], built: site.Site, tmp_path: Path) -> None:
    again = site.build(models, tmp_path / "site", dataset=network.digits(), log=quiet)
    assert contents(tmp_path / "site") == contents(built.path)
    assert (again.version, again.files, again.bytes) == (built.version, built.files, built.bytes)
    assert built.bytes == sum(map(len, contents(built.path).values()))


def test_it_holds_the_page_tensorflow_the_models_and_samples(models: list[Path], built: site.Site) -> None:
    files = contents(built.path)
    assert {f"models/{directory.name}/model.json" for directory in models} < files.keys()
    assert {"index.html", "model-loader.js", "tensorflow/tensorflow.js", "tensorflow/LICENCES.txt"} < files.keys()
    for name, content in contents(page()).items():
        assert name == "service-worker.js" or files[name] == content
    for directory in models:
        for name, content in contents(directory).items():
            assert files[f"models/{directory.name}/{name}"] == content
    assert list(json.loads(files["samples.json"])) == ["name", "images"]
    told = json.loads(files["models.json"])["models"]
    assert [each["name"] for each in told] == ["small_none", "small_uint8", "other"]
    assert told == [each.json() for each in built.models]


def test_the_list_has_every_file_with_its_hash(built: site.Site) -> None:
    listed = json.loads((built.path / "site.json").read_text())["files"]
    assert listed == {name: hash_of(built.path / name) for name in built.files if name != "site.json"}


def test_the_worker_keeps_files_that_are_there_and_no_model(built: site.Site) -> None:
    text = (built.path / "service-worker.js").read_text()
    match = re.search(r"^const FILES = (\[.*?\]);$", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    kept = json.loads(match[1])
    assert kept[0] == "./"
    assert set(kept[1:]) < set(built.files)
    assert not any(name.startswith("models/") for name in kept)
    assert {"models.json", "page/page.js", "tensorflow/tensorflow.js"} < set(kept)
    assert f"const VERSION = '{built.version}';" in text


def test_another_model_is_another_version(models: list[Path], built: site.Site, tmp_path: Path) -> None:
    other = site.build(models[1:], tmp_path / "site", dataset=network.digits(), log=quiet)
    assert other.version != built.version


def test_a_site_that_was_built_here_is_replaced(models: list[Path], tmp_path: Path) -> None:
    place = tmp_path / "site"
    site.build(models, place, dataset=network.digits(), log=quiet)
    site.build(models[:1], place, dataset=network.digits(), log=quiet)
    assert [path.name for path in (place / "models").iterdir()] == ["small_none"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_what_somebody_else_wrote_stays(models: list[Path], tmp_path: Path) -> None:
    place = tmp_path / "site"
    place.mkdir()
    (place / "index.html").write_text("mine")
    with pytest.raises(DemoError, match=r"site holds what build-site did not write, .*: index\.html\.") as caught:
        site.build(models, place, dataset=network.digits(), log=quiet)
    assert caught.value.remedy == "Move it away, or name another directory."
    assert contents(tmp_path) == {"site/index.html": b"mine"}


def test_a_failure_leaves_what_was_there(models: list[Path], tmp_path: Path) -> None:
    place, broken = tmp_path / "site", tmp_path / "broken"
    site.build(models[:1], place, dataset=network.digits(), log=quiet)
    before = contents(place)
    shutil.copytree(models[0], broken)
    [shard] = broken.glob("*.bin")
    shard.write_bytes(bytes(shard.stat().st_size))
    with pytest.raises(DemoError, match=shard.name):
        site.build([broken], place, dataset=network.digits(), log=quiet)
    assert contents(place) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "site"]


def test_no_models_and_two_of_a_name_are_refused(models: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no web model to show") as caught:
        site.build([], tmp_path / "site", log=quiet)
    assert "app convert" in caught.value.remedy
    twin = Path(shutil.copytree(models[0], tmp_path / "twin" / models[0].name))
    with pytest.raises(DemoError, match="Two of the models are called small_none"):
        site.build([models[0], twin], tmp_path / "site", log=quiet)
    assert not (tmp_path / "site").exists()


def test_what_was_measured_of_converted_models_is_told(models: list[Path], tmp_path: Path) -> None:
    known, *others = [Path(shutil.copytree(model, tmp_path / model.name)) for model in models]
    note(comparison(known, 0.875))
    built = site.build([others[0], known, *others[1:]], tmp_path / "site", dataset=network.digits(), log=quiet)
    told = json.loads((tmp_path / "site/models.json").read_text())["models"]
    assert told[1]["accuracy"] == {"share": 0.875, "of": "converted"}
    assert built.models[0].accuracy == site.Accuracy(network.trained()[1], "training")
    assert told[2]["accuracy"] is None
