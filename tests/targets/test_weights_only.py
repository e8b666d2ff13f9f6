import json

import numpy as np

from totfjs.targets import write_weights
from totfjs.weights import Dense, read_manifest


def test_the_manifest_stands_alone(tmp_path):
    written = write_weights(tmp_path / "web", [("w", Dense(np.float32([1, 2])))], shard_size=4)
    assert written.files == ("weights_manifest.json", "group1-shard1of2.bin", "group1-shard2of2.bin")
    manifest = json.loads((tmp_path / "web" / "weights_manifest.json").read_text())
    assert manifest[0]["paths"] == list(written.files[1:])
    assert read_manifest(manifest, tmp_path / "web")["w"].values.numpy().tolist() == [1, 2]


def test_progress_is_reported(tmp_path):
    seen = []
    weights = [("w", Dense(np.zeros(3, np.float32)))]
    write_weights(tmp_path / "web", weights, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(12, 12)]


def test_a_graph_model_may_be_replaced_by_weights(tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "model.json").write_text('{"modelTopology":{}}')
    write_weights(tmp_path / "web", [], force=True)
    assert [path.name for path in (tmp_path / "web").iterdir()] == ["weights_manifest.json"]
