"""Every file is checked before anything is decoded, and what is wrong is said in plain words."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.answers import Answer, answering
from tests.loader.node import printed
from totfjs.runtime.bundled import bundled
from totfjs.serving import serve
from totfjs.targets import write_graph_model
from totfjs.weights import Dense

SHARD = "group1-shard2of3.bin"
HTML = b"<!DOCTYPE html>\n<html><body>Not here</body></html>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4096\n"
CHECK = """
import {fetchModel} from './model-loader.js';
const found = {};
for (const [name, url, options] of JSON.parse(process.argv[2])) {
  try {
    const {buffers} = await fetchModel(url, {retries: 0, ...options});
    found[name] = {bytes: buffers.map(({byteLength}) => byteLength)};
  } catch ({code, file, message, remedy, name: kind}) {
    found[name] = {code, file, message, remedy, kind};
  }
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards of 4096 bytes, with every byte there is."""
    directory = tmp_path_factory.mktemp("model") / "web"
    values = np.frombuffer(bytes(range(256)) * 48, np.int32).copy()
    node = {"name": "w", "op": "Const", "attr": {"dtype": {"type": "DT_INT32"}}}
    write_graph_model(directory, {"modelTopology": {"node": [node]}}, [("w", Dense(values))], shard_size=4096)
    return directory


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    shutil.copy(bundled("loader/model-loader.js"), directory)
    (directory / "package.json").write_text('{"type": "module"}')
    return directory


def files_of(model: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in model.iterdir()}


def changed(shard: bytes) -> bytes:
    return shard[:100] + bytes([shard[100] ^ 1]) + shard[101:]


def mangled(shard: bytes) -> bytes:
    return shard.decode("utf-8", "replace").encode()


WRONG: dict[str, tuple[Callable[[bytes], Answer], str, str]] = {
    "missing": (lambda _: Answer(b"", 404), "MISSING", "is not on the server (status 404)"),
    "forbidden": (lambda _: Answer(HTML, 403, "text/html"), "FORBIDDEN", "does not allow it"),
    "failing": (lambda _: Answer(b"", 500), "STATUS", "could not answer (status 500)"),
    "a page": (lambda _: Answer(HTML, kind="text/html"), "HTML", "an HTML page instead of group1-shard2of3.bin"),
    "a page as bytes": (lambda _: Answer(HTML), "HTML", "an HTML page instead of"),
    "a page as long": (lambda s: Answer(HTML.ljust(len(s))), "HTML", "an HTML page instead of"),
    "git-lfs": (lambda _: Answer(POINTER), "GIT_LFS", "is a git-lfs pointer"),
    "truncated": (lambda s: Answer(s[:-96]), "TRUNCATED", "4,000 bytes came, and it should have 4,096 bytes"),
    "empty": (lambda _: Answer(b""), "TRUNCATED", "0 bytes came"),
    "longer": (lambda s: Answer(s + b"x"), "TOO_LONG", "4,097 bytes came"),
    "far longer": (lambda s: Answer(s + bytes(5 << 20)), "TOO_LONG", "is too long"),
    "changed": (lambda s: Answer(changed(s)), "CHANGED", "its SHA-256 is another"),
    "zeros": (lambda s: Answer(bytes(len(s))), "CHANGED", "its SHA-256 is another"),
    "line ends": (lambda s: Answer(s.replace(b"\n", b"\r\n")), "TEXT_MODE", "its line ends were changed"),
    "as text": (lambda s: Answer(mangled(s)), "TEXT_MODE", "was read as text on its way"),
    "compressed": (lambda s: Answer(gzip.compress(s)), "COMPRESSED", "came gzip-compressed"),
    "not compressed": (lambda s: Answer(s, coding="gzip"), "INTERRUPTED", "(Content-Encoding)"),
    "broken off": (lambda s: Answer(s[:1000], length=len(s)), "INTERRUPTED", "did not come whole"),
    "json": (lambda _: Answer(b'{"error": "gone"}', kind="application/json"), "TRUNCATED", "17 bytes came"),
}
WRONG_DOCUMENT: dict[str, tuple[Answer, str, str]] = {
    "no document": (Answer(b"", 404), "MISSING", "model.json cannot be loaded"),
    "start page": (Answer(HTML, kind="text/html"), "HTML", "an HTML page instead of model.json"),
    "pointer": (Answer(POINTER), "GIT_LFS", "model.json is a git-lfs pointer"),
    "half": (Answer(b'{"modelTopo'), "NOT_JSON", "model.json is damaged"),
    "list": (Answer(b"[]"), "NOT_A_MODEL", "it names no files of weights"),
    "null": (Answer(b"null"), "NOT_A_MODEL", "it holds no object"),
    "no topology": (Answer(b'{"weightsManifest": []}'), "NOT_A_MODEL", "it has no modelTopology"),
    "odd manifest": (Answer(b'{"modelTopology": {}, "weightsManifest": [3]}'), "NOT_A_MODEL", "is damaged"),
}


@pytest.fixture(scope="module")
def found(model: Path, loader: Path) -> dict[str, dict[str, str]]:
    """What the loader says of each server, in one run."""
    files, table = files_of(model), {}
    for name, (make, _, _) in WRONG.items():
        answers = {**{file: Answer(content) for file, content in files.items()}, SHARD: make(files[SHARD])}
        table.update({f"/{name.replace(' ', '-')}/{file}": [answer] for file, answer in answers.items()})
    for name, (answer, _, _) in WRONG_DOCUMENT.items():
        table[f"/{name.replace(' ', '-')}/model.json"] = [answer]
    with answering(table) as (url, _):
        rows = [[name, f"{url}/{name.replace(' ', '-')}/model.json"] for name in [*WRONG, *WRONG_DOCUMENT]]
        result: dict[str, dict[str, str]] = printed(loader, CHECK, json.dumps(rows))
    return result


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shard_is_told(name: str, found: dict[str, dict[str, str]]) -> None:
    _, code, words = WRONG[name]
    assert (found[name]["kind"], found[name]["code"], found[name]["file"]) == ("ModelFileError", code, SHARD)
    assert words in found[name]["message"]
    assert found[name]["remedy"].endswith(".")


@pytest.mark.parametrize("name", WRONG_DOCUMENT)
def test_a_wrong_document_is_told(name: str, found: dict[str, dict[str, str]]) -> None:
    _, code, words = WRONG_DOCUMENT[name]
    assert (found[name]["code"], found[name]["file"]) == (code, "model.json")
    assert words in found[name]["message"]


def run(loader: Path, table: dict[str, list[Answer]], options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    with answering(table) as (url, asked):
        result: dict[str, Any] = printed(loader, CHECK, json.dumps([["it", f"{url}/model.json", options]]))["it"]
    return result, asked


def test_a_copy_from_another_day_is_asked_for_once_more(model: Path, loader: Path) -> None:
    table = {f"/{name}": [Answer(content)] for name, content in files_of(model).items()}
    table[f"/{SHARD}"].insert(0, Answer(changed(table[f"/{SHARD}"][0].body)))
    result, asked = run(loader, table, {})
    assert result == {"bytes": [4096] * 3}
    assert asked[f"/{SHARD}"] == 2


def test_what_may_pass_is_tried_again(model: Path, loader: Path) -> None:
    table = {f"/{name}": [Answer(content)] for name, content in files_of(model).items()}
    table[f"/{SHARD}"][:0] = [Answer(b"", 503), Answer(b"half", length=4096)]
    assert run(loader, table, {"retries": 2})[0] == {"bytes": [4096] * 3}
    table["/model.json"].insert(0, Answer(b"", 404))
    result, asked = run(loader, table, {"retries": 2})
    assert (result["code"], asked) == ("MISSING", {"/model.json": 1})


def test_without_a_hash_lengths_and_looks_are_checked(model: Path, loader: Path) -> None:
    files = files_of(model)
    document = json.loads(files["model.json"])
    del document["userDefinedMetadata"]
    table = {f"/{name}": [Answer(content)] for name, content in files.items()}
    table["/model.json"] = [Answer(json.dumps(document).encode())]
    assert run(loader, table, {})[0] == {"bytes": [4096] * 3}
    for answer, code in ((Answer(HTML), "HTML"), (Answer(POINTER), "GIT_LFS"), (Answer(b"cut"), "TRUNCATED")):
        result, _ = run(loader, {**table, f"/{SHARD}": [answer]}, {})
        assert (result["code"], result["file"]) == (code, SHARD)


def test_a_server_that_is_not_there_is_told(loader: Path) -> None:
    rows = [["it", "http://127.0.0.1:1/model.json"]]
    result = printed(loader, CHECK, json.dumps(rows))["it"]
    assert (result["code"], result["message"]) == (
        "NETWORK", "model.json cannot be loaded: the server cannot be reached.",
    )  # fmt: skip


def test_hashes_are_right_with_and_without_the_browsers_own(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "js/src/loader/sha256.js"
    lengths = [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 4096, 100_001]
    script = """
        import {pathToFileURL} from 'node:url';
        const {sha256, sha256InJavaScript} = await import(pathToFileURL(process.argv[2]));
        const found = [];
        for (const length of JSON.parse(process.argv[3])) {
          const bytes = Uint8Array.from({length: length + 1}, (_, i) => i * i % 251).subarray(1);
          found.push([await sha256(bytes), sha256InJavaScript(bytes)]);
        }
        console.log(JSON.stringify(found));
    """
    found = printed(tmp_path, script, str(source), json.dumps(lengths))
    for length, pair in zip(lengths, found, strict=True):
        expected = hashlib.sha256(bytes(i * i % 251 for i in range(1, length + 1))).hexdigest()
        assert pair == [expected, expected]


def test_progress_is_told_and_a_signal_ends_it(model: Path, loader: Path) -> None:
    script = """
        import {checkFiles, fetchModel} from './model-loader.js';
        const seen = [];
        const url = process.argv[2];
        const rows = await checkFiles(url, {onProgress: (progress) => seen.push(progress), versioned: true});
        const stop = new AbortController();
        let reason = null;
        await fetchModel(url, {signal: stop.signal, onProgress: () => stop.abort(new Error('enough'))})
          .catch((error) => { reason = error.message; });
        const aborted = AbortSignal.abort(new Error('no'));
        const early = await fetchModel(url, {signal: aborted}).catch(({message}) => message);
        console.log(JSON.stringify({rows, last: seen.at(-1), reason, early}));
    """
    with serve(model) as server:
        found = printed(loader, script, f"{server.url}model/model.json")
    assert found["rows"] == [{"file": f"group1-shard{i}of3.bin", "bytes": 4096, "checked": "sha256"} for i in (1, 2, 3)]
    total = 3 * 4096 + (model / "model.json").stat().st_size
    assert (found["last"]["allReceived"], found["last"]["allTotal"]) == (total, total)
    assert (found["reason"], found["early"]) == ("enough", "no")
