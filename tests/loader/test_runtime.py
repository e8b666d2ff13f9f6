"""TensorFlow.js for a page of the user's own: written whole, and run in a browser with nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import totfjs
from tests.loader.conftest import KERNEL
from tests.serving.page.visit import Visit
from totfjs.cli import main
from totfjs.errors import OutputExistsError
from totfjs.loader import export_loader, export_runtime
from totfjs.runtime import Engine

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:">
<title>mine</title></head><body></body></html>
"""
RUN = """
async (backend) => {
  const [tf, {loadModel}] = await Promise.all(['tensorflow/tensorflow.js', 'model-loader.js']
    .map((name) => import(new URL(name, document.baseURI))));
  await tf.startBackend(backend);
  const model = await loadModel(tf, 'model/model.json');
  const x = tf.tensor([[1, 2, 3], [0, 1, 0]]);
  const outputs = await model.predict({x, 'how many': [1, 0]});
  const logits = await outputs.logits.array();
  tf.dispose([x, ...Object.values(outputs)]);
  model.dispose();
  const backends = (await tf.availableBackends()).map(({name, reason, code}) => [name, reason, code]);
  return {logits, version: tf.version_core, used: tf.getBackend(), left: tf.memory().numTensors, backends};
}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, graph_model: Path, engine: Engine) -> Path:
    """A site with a page, a model, its loader and TensorFlow.js."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "index.html").write_text(PAGE)
    shutil.copytree(graph_model, folder / "model")
    export_loader(folder / "model", folder, engine=engine)
    export_runtime(folder / "tensorflow")
    return folder


@pytest.fixture
def visit(browser: Browser, place: Path) -> Iterator[Visit]:
    with totfjs.serve(place) as served:
        opened = Visit(browser)
        opened.origin = served.url.split("/")[2]
        opened.page.goto(served.url)
        yield opened
        opened.close()


@pytest.mark.parametrize("backend", ["cpu", "wasm", "webgl", "webgpu"])
def test_a_page_without_a_bundler_runs_a_model_on_each_backend(visit: Visit, backend: str) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    found = visit.page.evaluate(RUN, backend)
    expected = np.float32([[1, 2, 3], [0, 1, 0]]) @ KERNEL + np.float32([[1], [0]])
    np.testing.assert_allclose(found["logits"], expected, rtol=1e-6)
    assert (found["version"], found["used"], found["left"]) == ("4.22.0", backend, 0)
    assert found["backends"] == [[name, None, None] for name in ("wasm", "webgl", "webgpu", "cpu")]
    assert any(name.endswith(".wasm") for name in asked) == (backend == "wasm")


def sizes(visit: Visit, place: Path) -> dict[str, int]:
    asked = visit.page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    names = [name.rpartition("/")[2] for name in asked if "/tensorflow/" in name]
    return {name: (place / "tensorflow" / name).stat().st_size for name in names}


def test_a_backend_comes_when_it_is_started_and_not_before(visit: Visit, place: Path) -> None:
    visit.page.evaluate("import(new URL('tensorflow/tensorflow.js', document.baseURI)).then(() => null)")
    core = sizes(visit, place)
    visit.page.evaluate(RUN, "cpu")
    with_cpu = sizes(visit, place)
    visit.page.evaluate(RUN, "webgpu")
    with_both = sizes(visit, place)
    assert sum(core.values()) < sum(with_cpu.values()) < sum(with_both.values())
    every = sum(path.stat().st_size for path in (place / "tensorflow").glob("*.js"))
    assert sum(with_both.values()) < 0.75 * every


def test_a_layers_model_loads_with_what_it_needs(visit: Visit) -> None:
    layers = """
        async () => {
          const tf = await import(new URL('tensorflow/tensorflow.js', document.baseURI));
          await tf.startBackend('cpu');
          const dense = {name: 'd', units: 1, use_bias: false, batch_input_shape: [null, 2]};
          const config = {name: 'm', layers: [{class_name: 'Dense', config: dense}]};
          const json = {class_name: 'Sequential', config, keras_version: '2', backend: 'tensorflow'};
          const weightSpecs = [{name: 'd/kernel', shape: [2, 1], dtype: 'float32'}];
          const weightData = Float32Array.of(2, 3).buffer;
          const model = await tf.loadLayersModel({load: async () => ({modelTopology: json, weightSpecs, weightData})});
          return Array.from(await model.predict(tf.tensor([[10, 1]])).data());
        }
    """
    assert visit.page.evaluate(layers) == [23]


def test_a_backend_that_is_none_is_named(visit: Visit) -> None:
    text = """
        async () => {
          const tf = await import(new URL('tensorflow/tensorflow.js', document.baseURI));
          return tf.startBackend('gpu').catch(({message}) => message);
        }
    """
    assert visit.page.evaluate(text) == "There is no backend called gpu: there are cpu, wasm, webgl, webgpu."


def test_what_the_types_export_the_module_exports(visit: Visit, place: Path) -> None:
    names = visit.page.evaluate("import(new URL('tensorflow/tensorflow.js', document.baseURI)).then(Object.keys)")
    text = (place / "tensorflow/tensorflow.d.ts").read_text()
    listed = re.findall(r"^export (?:function|const) (\w+)", text, re.MULTILINE)
    [group] = re.findall(r"^export \{([^}]*)\}", text, re.MULTILINE)
    again = [name.strip() for name in group.split(",")]
    assert len(listed) == 3
    assert {*listed, *again} <= set(names)
    assert {"tensor", "tidy", "softmax", "argMax", "memory", "setBackend", "browser", "io"} <= set(names)


def test_every_file_is_listed_with_its_hash_and_licences_come_along(tmp_path: Path) -> None:
    made = export_runtime(tmp_path / "new/tensorflow")
    files = {path.name: path.read_bytes() for path in made.path.iterdir()}
    assert made.files == tuple(sorted(files))
    assert made.bytes == sum(map(len, files.values()))
    listed = json.loads(files.pop("runtime.json"))
    assert listed["tensorflowjs"] == made.version == "4.22.0"
    assert listed["sha256"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert "@tensorflow/tfjs-backend-webgpu 4.22.0: Apache-2.0" in files["LICENCES.txt"].decode()
    for name, content in files.items():
        if name.endswith(".js"):
            for other in re.findall(rb"""(?:from|import)\(?\s*["']\./([^"']+)["']""", content):
                assert other.decode() in files


def test_it_is_written_anew_and_parts_of_another_version_go(tmp_path: Path) -> None:
    made = export_runtime(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "mine.js").write_text("mine")
    old = tmp_path / "chunk-OLD.js"
    old.write_text("old")
    document = json.loads((tmp_path / "runtime.json").read_text())
    document["sha256"]["chunk-OLD.js"] = hashlib.sha256(b"old").hexdigest()
    document["sha256"]["mine.js"] = "0" * 64  # it was ours, and is no more
    document["sha256"]["../outside"] = hashlib.sha256(b"x").hexdigest()
    (tmp_path / "runtime.json").write_text(json.dumps(document))
    assert export_runtime(tmp_path).files == made.files
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {**before, "mine.js": b"mine"}


@pytest.mark.parametrize("name", ["tensorflow.js", "runtime.json", "tensorflow.d.ts"])
def test_files_of_others_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"name": "mine"}')
    with pytest.raises(OutputExistsError, match=f"{name} exists already, and is not a file that this command wrote"):
        export_runtime(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    export_runtime(tmp_path)
    (tmp_path / "tensorflow.js").write_text("changed")
    with pytest.raises(OutputExistsError, match=r"tensorflow\.js exists already"):
        export_runtime(tmp_path)


def test_what_a_killed_export_left_is_no_hindrance(tmp_path: Path) -> None:
    export_runtime(tmp_path)
    for name in ("runtime.json", "tensorflow.js"):
        (tmp_path / name).unlink()
    export_runtime(tmp_path)
    assert (tmp_path / "tensorflow.js").is_file()


def test_the_command_writes_it_beside_the_loader(
    graph_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export-loader", str(graph_model), str(tmp_path / "site"), "--runtime"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "TensorFlow.js 4.22.0, " in text
    assert "import * as tf from './tensorflow/tensorflow.js';" in text
    assert main([*words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["runtime"]["version"] == "4.22.0"
    assert "tensorflow.js" in found["runtime"]["files"]
    assert main(words[:3]) == 0
    assert "tensorflow/tensorflow.js" not in capsys.readouterr().out
