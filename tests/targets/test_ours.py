import pytest

from totfjs.targets.ours import foreign_files

LAYERS = '{"modelTopology":{},"weightsManifest":[{"paths":["model.weights.bin"],"weights":[]}]}'


def test_the_files_of_a_web_model_are_ours(tmp_path):
    for name in ("group1-shard1of2.bin", "group2-shard12of12.bin", "model.weights.bin", "assets.zip"):
        (tmp_path / name).touch()
    (tmp_path / "model.json").write_text(LAYERS)
    (tmp_path / "weights_manifest.json").write_text("[]")
    assert foreign_files(tmp_path) == []


@pytest.mark.parametrize("name", ["group1-shard1of1.bin.txt", "notes.md", "model.weights.bin", ".git"])
def test_others_are_not(tmp_path, name):
    (tmp_path / name).touch()
    assert foreign_files(tmp_path) == [name]


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"name":"my package"}'])
def test_a_model_json_of_something_else_is_not_ours(tmp_path, content):
    (tmp_path / "model.json").write_text(content)
    assert foreign_files(tmp_path) == ["model.json"]


@pytest.mark.parametrize("paths", ['"a.txt"', "[1, {}]", "{}", "null"])
def test_a_manifest_that_is_none_claims_nothing(tmp_path, paths):
    (tmp_path / "a.txt").touch()
    (tmp_path / "weights_manifest.json").write_text(f'[{{"paths":{paths}}}, 3]')
    assert foreign_files(tmp_path) == ["a.txt"]


def test_directories_and_links_are_foreign(tmp_path):
    (tmp_path / "group1-shard1of1.bin").mkdir()
    (tmp_path / "assets.zip").symlink_to(tmp_path)
    assert foreign_files(tmp_path) == ["assets.zip/", "group1-shard1of1.bin/"]
