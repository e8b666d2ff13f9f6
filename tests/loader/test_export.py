"""The files that a page of the user's own gets."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.loader.node import MODULES, node, printed
from totfjs.cli import main
from totfjs.errors import ModelFileError, OutputExistsError
from totfjs.loader import export_loader
from totfjs.loader.declarations import declarations
from totfjs.runtime import Engine
from totfjs.runtime.session import Port

PARSE = """
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
const {transformSync} = createRequire(process.argv[2])('esbuild');
const {code} = transformSync(readFileSync(process.argv[3], 'utf8'), {loader: 'ts'});
console.log(JSON.stringify(code));
"""


def members(text: str, name: str) -> list[str]:
    match = re.search(rf"export interface {name} \{{\n(.*?)\n\}}", text, re.DOTALL)
    assert match is not None
    return [line.strip() for line in match[1].split("\n")]


def test_the_types_are_those_of_the_model(site: Path) -> None:
    text = (site / "model-loader.d.ts").read_text()
    assert members(text, "Inputs") == [
        "/** float32 [b, 3] */",
        "x: Tensor<Rank.R2> | number[][] | Float32Array;",
        "/** int32 [b] */",
        '"how many": Tensor<Rank.R1> | number[] | Int32Array;',
    ]
    assert members(text, "Outputs") == [
        "/** int32 [?] */",
        "\"2nd */ best\": Shaped<'int32', [number], Rank.R1>;",
        "/** float32 [?, 4] */",
        "logits: Shaped<'float32', [number, 4], Rank.R2>;",
        "/** float32 [] */",
        "sum: Shaped<'float32', [], Rank.R0>;",
    ]


ODD = [
    "a b",
    "1x",
    "a-b",
    "a'b",
    'a"b',
    "a\\b",
    "a/*b*/",
    "class",
    "수",
    "a\nb",
    "__proto__",
    "\u2028",
    "a${b}`",
    "",
    "x]",
]


def test_names_that_are_no_identifiers_are_quoted_and_the_types_stay_typescript(tmp_path: Path) -> None:
    ports = [Port(name, "float32", (-1, 3)) for name in ODD]
    more = [
        Port("any", None, None),
        Port("deep", "bool", (1,) * 8),
        Port("text", "string", (-1,)),
        Port("c", "complex64", ()),
    ]
    text = declarations([*ports, *more], [*ports, *more], {"a b": ["*/ b", "c\nd"]}, "0.1.0")
    (tmp_path / "types.ts").write_text(text, encoding="utf-8")
    assert printed(tmp_path, PARSE, str(MODULES / "x.js"), "types.ts") is not None
    for name in ODD[:3]:
        assert f"  {json.dumps(name)}: Tensor<Rank.R2> | number[][] | Float32Array;" in text
    assert "  class: Tensor<Rank.R2>" in text
    assert "  any: Tensor;" in text
    assert "  deep: Tensor | Uint8Array;" in text
    assert "  text: Tensor<Rank.R1> | string[];" in text
    assert "  c: Tensor<Rank.R0>;" in text
    assert "any: Shaped<string, number[]>;" in text
    assert "/** float32 [* / b, 3] */" in text


def test_what_the_types_export_the_module_exports(site: Path) -> None:
    found = printed(site, "import * as all from './model-loader.js'; console.log(JSON.stringify(Object.keys(all)));")
    text = (site / "model-loader.d.ts").read_text()
    assert sorted(found) == sorted(re.findall(r"^export (?:class|function) (\w+)", text, re.MULTILINE))


def test_the_files_need_nothing_but_tensorflow(site: Path) -> None:
    assert not re.search(r"^\s*import\b", (site / "model-loader.js").read_text(), re.MULTILINE)
    imports = re.findall(r"^import .* from '([^']*)'", (site / "verify.mjs").read_text(), re.MULTILINE)
    assert imports and all(name.startswith("node:") for name in imports)
    for name in ("model-loader.js", "verify.mjs"):
        assert (site / name).read_text().startswith("// Written by totfjs ")


def test_what_was_written_before_is_replaced_and_nothing_else(
    graph_model: Path, tmp_path: Path, engine: Engine
) -> None:
    first = export_loader(graph_model, tmp_path / "site", engine=engine)
    before = {name: (tmp_path / "site" / name).read_bytes() for name in first.files}
    export_loader(graph_model, tmp_path / "site", engine=engine)
    assert {path.name: path.read_bytes() for path in (tmp_path / "site").iterdir()} == before
    (tmp_path / "site/verify.mjs").write_text("mine")
    (tmp_path / "site/model-loader.js").unlink()
    with pytest.raises(
        OutputExistsError, match=r"verify\.mjs exists already, and is not a file that this command wrote"
    ):
        export_loader(graph_model, tmp_path / "site", engine=engine)
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["model-loader.d.ts", "verify.mjs"]


def test_a_damaged_model_gets_no_loader(graph_model: Path, tmp_path: Path, engine: Engine) -> None:
    shutil.copytree(graph_model, tmp_path / "web")
    (tmp_path / "web/group1-shard2of4.bin").unlink(missing_ok=True)
    for shard in (tmp_path / "web").glob("*.bin"):
        shard.write_bytes(bytes(shard.stat().st_size))
    with pytest.raises(ModelFileError):
        export_loader(tmp_path / "web", tmp_path / "site", engine=engine)
    assert not (tmp_path / "site").exists()


def test_the_command_says_how_the_files_are_used(
    graph_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export-loader", str(graph_model), str(tmp_path / "site")]) == 0
    text = capsys.readouterr().out
    assert "model-loader.js, model-loader.d.ts, verify.mjs" in text
    assert "how many: int32[?]" in text
    assert main(["export-loader", str(graph_model), str(tmp_path / "site"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["inputs"][1] == {"name": "how many", "dtype": "int32", "shape": [-1]}
    assert found["asynchronous"] is False


def test_verify_finds_the_model_from_where_it_lies(graph_model: Path, tmp_path: Path, engine: Engine) -> None:
    model = tmp_path / "my models/a#b"
    shutil.copytree(graph_model, model)
    export_loader(model, tmp_path / "site", engine=engine)
    assert 'const MODEL = "../my%20models/a%23b/model.json";' in (tmp_path / "site/verify.mjs").read_text()
    assert node(tmp_path / "site", "--check", "verify.mjs").returncode == 0
