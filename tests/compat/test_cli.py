"""Each flag of the old command line, end to end; files, manifests and bytes are compared with the old package's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from tests.compat import old
from totfjs.compat.cli import convert, main
from totfjs.errors import SourceError, TotfjsError, UnsupportedError, UsageError


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models that the old package converted."""
    directory = tmp_path_factory.mktemp("old")
    return old.unpacked("models", directory)


def run(*arguments: str | Path) -> Any:
    """Convert without proof, which is not the point here."""
    result = convert(["--verify=off", *map(str, arguments)])
    assert result is not None
    return result


def model_json(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / "model.json").read_text())
    return found


def manifest(document: dict[str, Any]) -> Any:
    return document["weightsManifest"]


@pytest.mark.parametrize(
    ("case", "flags"),
    [("layers", []), ("layers-uint8", ["--quantize_uint8=dense/*", "--weight_shard_size_bytes=100"])],
)
def test_a_layers_model_has_the_files_and_bytes_of_the_old_one(
    case: str, flags: list[str], models: Path, tmp_path: Path
) -> None:
    run(*flags, "--input_format=keras", models / "tiny.h5", tmp_path / "web")
    assert {path.name for path in (tmp_path / "web").iterdir()} == set(old.files(f"models/{case}"))
    ours, theirs = model_json(tmp_path / "web"), old.document(case)
    assert set(ours.pop("userDefinedMetadata")) == {
        "totfjs"
    }  # what the shards must be, which the old package never said
    assert list(ours) == list(theirs)
    assert manifest(ours) == manifest(theirs)
    for name, content in old.files(f"models/{case}").items():
        if name.endswith(".bin"):
            assert (tmp_path / "web" / name).read_bytes() == content


def test_weights_alone_have_a_model_without_topology(models: Path, tmp_path: Path) -> None:
    result = run("--input_format=keras", models / "tiny_weights.h5", tmp_path / "web")
    ours, theirs = model_json(tmp_path / "web"), old.document("layers-weights")
    assert result.files == ("model.json", "group1-shard1of1.bin")
    assert {**ours, "convertedBy": ""} == {**theirs, "convertedBy": ""} and list(ours) == list(theirs)
    assert (tmp_path / "web/group1-shard1of1.bin").read_bytes() == old.files("models/layers-weights")[
        "group1-shard1of1.bin"
    ]


def test_weights_alone_may_be_split_quantized_and_described(models: Path, tmp_path: Path) -> None:
    flags = ["--split_weights_by_layer", "--quantize_float16", f"--metadata=labels:{models / 'labels.json'}"]
    run("--input_format=keras", *flags, models / "tiny_weights.h5", tmp_path / "web")
    document = model_json(tmp_path / "web")
    assert document["userDefinedMetadata"] == {"labels": ["a", "b"]}
    assert [len(group["weights"]) for group in manifest(document)] == [2, 2]
    assert manifest(document)[0]["weights"][0]["quantization"]["dtype"] == "float16"


def test_split_weights_by_layer_gives_each_layer_its_files(models: Path, tmp_path: Path) -> None:
    run("--split_weights_by_layer", "--input_format=keras", models / "tiny.h5", tmp_path / "web")
    ours, theirs = manifest(model_json(tmp_path / "web")), manifest(old.document("layers-split"))
    assert sorted(map(str, (group["weights"] for group in ours))) == sorted(
        map(str, (group["weights"] for group in theirs))
    )
    files = {path.name for path in (tmp_path / "web").iterdir()}
    assert files == set(old.files("models/layers-split"))


def test_metadata_is_the_content_of_files(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "some, words.json"
    file.write_text('{"a": 1}')
    flag = f"--metadata=labels:{models / 'labels.json'},more:{file}"
    run(flag, "--input_format=keras", models / "tiny.h5", tmp_path / "web")
    given = {"labels": ["a", "b"], "more": {"a": 1}}
    assert given.items() <= model_json(tmp_path / "web")["userDefinedMetadata"].items()


def test_a_graph_model_has_the_names_and_dtypes_of_the_old_one(models: Path, tmp_path: Path) -> None:
    result = run(models / "saved", tmp_path / "web")
    ours, theirs = model_json(tmp_path / "web"), old.document("graph")
    assert result.files == ("model.json", "group1-shard1of1.bin")
    assert set(theirs) <= set(ours)
    for side in ("inputs", "outputs"):
        found = {name: info["dtype"] for name, info in ours["signature"][side].items()}
        assert found == {name: info["dtype"] for name, info in theirs["signature"][side].items()}
    assert set(ours["modelTopology"]) == set(theirs["modelTopology"])


@pytest.mark.parametrize("name", ["float16", "uint16", "uint8"])
def test_weights_of_a_graph_are_quantized_to_the_bytes_of_the_old_one(name: str, models: Path, tmp_path: Path) -> None:
    run(f"--quantize_{name}=*", models / "saved", tmp_path / "web")
    (group,) = manifest(model_json(tmp_path / "web"))
    (line,) = (line for line in group["weights"] if line["shape"] == [3, 4])
    assert line["quantization"]["dtype"] == name and line["quantization"]["original_dtype"] == "float32"
    if name == "float16":
        kernel = old.files("models/graph-float16")["group1-shard1of1.bin"][4:]
        assert kernel in (tmp_path / "web/group1-shard1of1.bin").read_bytes()


def test_structured_names_are_those_of_the_outputs_in_their_order(models: Path, tmp_path: Path) -> None:
    """The old package sorted the names and left the outputs in another order."""
    run("--use_structured_outputs_names", models / "saved", tmp_path / "web")
    document = model_json(tmp_path / "web")
    keys = document["userDefinedMetadata"]["structuredOutputKeys"]
    assert keys == list(document["signature"]["outputs"]) and set(keys) == {"best", "logits"}
    theirs = old.document("graph-structured")
    assert theirs["userDefinedMetadata"]["structuredOutputKeys"] != list(theirs["signature"]["outputs"])


def test_structured_names_are_left_out_unless_asked_for(models: Path, tmp_path: Path) -> None:
    run("--use_structured_outputs_names=False", models / "saved", tmp_path / "web")
    assert "structuredOutputKeys" not in model_json(tmp_path / "web")["userDefinedMetadata"]


@pytest.mark.parametrize(
    "flags", [["--control_flow_v2=True"], ["--control_flow_v2"], ["--experiments"], ["--skip_op_check"]]
)
def test_flags_that_change_nothing(flags: list[str], models: Path, tmp_path: Path) -> None:
    for place, given in (("with", flags), ("without", [])):
        run(*given, models / "saved", tmp_path / place)
    assert (tmp_path / "with/model.json").read_bytes() == (tmp_path / "without/model.json").read_bytes()


@pytest.mark.parametrize(
    ("flags", "kept"), [([], False), (["--strip_debug_ops"], False), (["--strip_debug_ops=False"], True)]
)
def test_what_a_model_prints_is_kept_where_that_is_asked_for(
    flags: list[str], kept: bool, models: Path, tmp_path: Path
) -> None:
    """There `=False` was true."""
    more = ["--input_format=tf_frozen_model", "--output_node_names=y"]
    result = convert([*more, *flags, str(models / "printing.pb"), str(tmp_path / "web")])
    assert result is not None and result.verification.passed
    ops = [node["op"] for node in model_json(tmp_path / "web")["modelTopology"]["node"]]
    assert ("Print" in ops) == kept


def test_skip_op_check_is_told_to_change_nothing(models: Path, tmp_path: Path) -> None:
    assert any("skip_op_check" in note for note in run("--skip_op_check", models / "saved", tmp_path / "web").notes)


@pytest.mark.parametrize(("count", "dtype"), [("1", "uint8"), ("2", "uint16")])
def test_quantization_bytes_is_a_dtype(count: str, dtype: str, models: Path, tmp_path: Path) -> None:
    result = run("--quantization_bytes", count, "--input_format=keras", models / "tiny.h5", tmp_path / "web")
    lines = manifest(model_json(tmp_path / "web"))[0]["weights"]
    assert {line["quantization"]["dtype"] for line in lines} == {dtype}
    assert any(f"--quantize_{dtype}" in note for note in result.notes)


def test_the_flag_before_the_path_takes_all_weights(models: Path, tmp_path: Path) -> None:
    run("--input_format=keras", "--quantize_uint8", models / "tiny.h5", tmp_path / "web")
    lines = manifest(model_json(tmp_path / "web"))[0]["weights"]
    assert all(line["quantization"]["dtype"] == "uint8" for line in lines)


@pytest.mark.parametrize("name", ["serving_default", "other"])
def test_signature_name_chooses_a_signature(name: str, models: Path, tmp_path: Path) -> None:
    if name == "other":
        with pytest.raises(TotfjsError, match="other"):
            run(f"--signature_name={name}", models / "saved", tmp_path / "web")
        return
    assert run(f"--signature_name={name}", models / "saved", tmp_path / "web").target == "graph"


def test_saved_model_tags_choose_a_graph(models: Path, tmp_path: Path) -> None:
    run("--saved_model_tags=serve", models / "saved", tmp_path / "web")
    with pytest.raises(TotfjsError, match="gpu"):
        run("--saved_model_tags=serve,gpu", models / "saved", tmp_path / "web")


def test_output_node_names_choose_nothing_of_a_saved_model(models: Path, tmp_path: Path) -> None:
    """Commands of old tutorials name nodes, to which the old package did not listen either."""
    result = run("--output_node_names=MobilenetV1/Predictions", models / "saved", tmp_path / "web")
    assert [tensor.name for tensor in result.outputs] == ["best", "logits"]
    assert any("--output_node_names" in note for note in result.notes)


def test_the_result_is_proved(models: Path, tmp_path: Path) -> None:
    result = convert(["--input_format=keras", str(models / "tiny.h5"), str(tmp_path / "web")])
    assert result is not None and result.verification.passed


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_it_is_proved_where_the_user_wants(backend: str, models: Path, tmp_path: Path) -> None:
    arguments = ["--verify", backend, "--backends=cpu,wasm", "--input_format=keras"]
    result = convert([*arguments, str(models / "tiny.h5"), str(tmp_path / "web")])
    assert result is not None and result.verification.backends == (backend,)


def test_what_was_written_before_is_replaced_with_all_its_files(models: Path, tmp_path: Path) -> None:
    for flags in (["--weight_shard_size_bytes=100"], []):
        result = run(*flags, "--input_format=keras", models / "tiny.h5", tmp_path / "web")
    assert {path.name for path in (tmp_path / "web").iterdir()} == set(result.files)


# --- pairs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "source_format", "output_format", "output"),
    [
        ("tiny.h5", "keras", None, "web"),
        ("tiny.h5", "keras", "tfjs_graph_model", "web"),
        ("tiny.h5", "keras", "keras_keras", "model.keras"),
        ("layers/model.json", "tfjs_layers_model", None, "model.h5"),
        ("layers", "tfjs_layers_model", "keras", "model.h5"),
        ("layers/model.json", "tfjs_layers_model", "keras_keras", "model.keras"),
        ("layers/model.json", "tfjs_layers_model", "tfjs_layers_model", "web"),
        ("layers/model.json", "tfjs_layers_model", "tfjs_graph_model", "web"),
        ("keras_saved", "keras_saved_model", None, "web"),
        ("keras_saved", "keras_saved_model", "tfjs_graph_model", "web"),
        ("tiny.keras", "keras_keras", "tfjs_layers_model", "web"),
        ("tiny.keras", "keras_keras", None, "web"),
        ("tiny.keras", "keras_keras", "tfjs_graph_model", "web"),
        ("tiny.keras", "keras_keras", "keras", "model.h5"),
        ("graph", "tfjs_graph_model", None, "web"),
        ("saved", "tf_saved_model", None, "web"),
        ("saved", "tf_hub", None, "web"),
        ("module", "tf_hub", None, "web"),
    ],
)
def test_pairs_of_formats(
    source: str, source_format: str, output_format: str | None, output: str, models: Path, tmp_path: Path
) -> None:
    wanted = [] if output_format is None else [f"--output_format={output_format}"]
    result = run(f"--input_format={source_format}", *wanted, models / source, tmp_path / output)
    assert result.path == tmp_path / output and result.path.exists()
    if output_format == "tfjs_graph_model" or "graph" in source:
        assert result.target == "graph"


def test_a_frozen_graph_has_the_outputs_that_are_named(models: Path, tmp_path: Path) -> None:
    flags = ["--input_format=tf_frozen_model", "--output_node_names=Identity_1,Identity"]
    result = run(*flags, models / "frozen.pb", tmp_path / "web")
    assert [tensor.name for tensor in result.outputs] == ["Identity_1", "Identity"]
    assert [tensor.name for tensor in result.inputs] == ["x"]
    assert set(old.document("graph-frozen")["signature"]["outputs"]) <= {"Identity_1", "Identity"}
    with pytest.raises(TotfjsError, match="nowhere"):
        run("--input_format=tf_frozen_model", "--output_node_names=nowhere", models / "frozen.pb", tmp_path / "web")


@pytest.mark.parametrize(
    ("source", "source_format", "case"),
    [("keras_saved", "keras_saved_model", "layers-saved"), ("tiny.keras", "keras_keras", "layers-keras")],
)
def test_other_keras_files_have_the_bytes_of_the_old_output(
    source: str, source_format: str, case: str, models: Path, tmp_path: Path
) -> None:
    run(f"--input_format={source_format}", models / source, tmp_path / "web")
    assert (tmp_path / "web/group1-shard1of1.bin").read_bytes() == old.files(f"models/{case}")["group1-shard1of1.bin"]
    assert [line["name"] for line in manifest(model_json(tmp_path / "web"))[0]["weights"]] == [
        "conv/kernel", "conv/bias", "dense/kernel", "dense/bias"
    ]  # fmt: skip


def test_a_keras_3_file_becomes_layers_and_a_graph(models: Path, tmp_path: Path) -> None:
    run("--input_format=tfjs_layers_model", "--output_format=keras_keras", models / "layers", tmp_path / "model.keras")
    for output_format, target in ((None, "layers"), ("tfjs_graph_model", "graph")):
        wanted = [] if output_format is None else [f"--output_format={output_format}"]
        result = run("--input_format=keras_keras", *wanted, tmp_path / "model.keras", tmp_path / target)
        assert result.target == target
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", "layers", "graph"}


def test_a_graph_model_is_cut_and_quantized_anew(models: Path, tmp_path: Path) -> None:
    flags = ["--input_format=tfjs_graph_model", "--quantize_uint8=*", "--weight_shard_size_bytes=8"]
    result = run(*flags, models / "graph", tmp_path / "web")
    assert len(result.files) == 3
    assert result.outputs[0].name in ("logits", "best")


def test_the_way_through_a_web_model_and_back_keeps_the_weights(models: Path, tmp_path: Path) -> None:
    run("--input_format=tfjs_layers_model", models / "layers/model.json", tmp_path / "model.h5")
    run("--input_format=keras", tmp_path / "model.h5", tmp_path / "web")
    again = (tmp_path / "web/group1-shard1of1.bin").read_bytes()
    assert again == old.files("models/layers")["group1-shard1of1.bin"]


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "The input_path is missing"),
        (["in"], "The output_path is missing"),
        (["--input_format=tf_saved_model", "--output_format=tfjs_layers_model", "in", "out"], "does not become"),
        (["--input_format=tfjs_graph_model", "--output_format=keras", "in", "out.h5"], "does not become"),
        (["--input_format=keras", "--output_format=keras", "--weight_shard_size_bytes=1", "in", "o.h5"], "is one file"),
        (["--weight_shard_size_bytes=0", "in", "out"], "positive number of bytes"),
        (["--input_format=tf_frozen_model", "in.pb", "out"], "does not say what its outputs are"),
        (["--input_format=keras", "--signature_name=x", "in.h5", "out"], "has no signatures"),
        (["--input_format=keras", "--control_flow_v2", "in.h5", "out"], "is for graph models"),
        (["--quantization_bytes=1", "--quantize_uint8", "in", "out"], "does not go together"),
        (["--input_format=tfjs_layers_model", "in", "out"], "no name for keras"),
        (["--input_format=tfjs_layers_model", "--output_format=keras_keras", "in", "out"], "no name for keras_keras"),
        (["--metadata=labels", "in", "out"], "not KEY:FILE"),
        (["--metadata=a:x,a:y", "in", "out"], "not KEY:FILE"),
        (["--metadata=a:/nowhere.json", "in", "out"], "cannot be read"),
        (["--input_format=keras", "--metadata=signature:{labels}", "{h5}", "out"], "is taken"),
        (["{h5}", "out"], "is no SavedModel"),
        (["{layers}", "out"], "is no SavedModel"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_a_usage_error(
    arguments: list[str], said: str, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"h5": models / "tiny.h5", "layers": models / "layers", "labels": models / "labels.json"}
    filled = [word.format(**places) for word in arguments]
    with pytest.raises(UsageError, match=said):
        convert(filled)
    assert main(filled) == 2
    assert "fix: " in capsys.readouterr().err


def test_metadata_paths_may_be_those_of_windows() -> None:
    from totfjs.compat.asked import metadata_files

    assert metadata_files(r"a:C:\my files\x.json,b:y,z.json") == {"a": r"C:\my files\x.json", "b": "y,z.json"}


def test_saved_models_are_not_written(models: Path, tmp_path: Path) -> None:
    arguments = ["--input_format=tfjs_layers_model", "--output_format=keras_saved_model"]
    with pytest.raises(UnsupportedError, match="Only TensorFlow writes SavedModels") as refused:
        convert([*arguments, str(models / "layers"), str(tmp_path / "out")])
    assert "keras_keras" in refused.value.remedy


def test_session_bundles_are_answered_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "export.meta").touch()
    with pytest.raises(SourceError, match="is a session bundle") as refused:
        convert(["--input_format=tf_session_bundle", str(tmp_path), str(tmp_path / "out")])
    assert "simple_save" in refused.value.remedy


@pytest.mark.parametrize(
    "source_format", ["keras", "keras_keras", "tfjs_layers_model", "tf_saved_model", "tf_frozen_model"]
)
def test_what_is_not_there_is_refused(source_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / ("out.h5" if source_format == "tfjs_layers_model" else "out")
    code = main([f"--input_format={source_format}", "--output_node_names=x", str(tmp_path / "none"), str(output)])
    error = capsys.readouterr().err
    assert code == 1 and "none" in error and "Traceback" not in error
    assert not output.exists()


def test_a_refusal_shows_the_words_of_totfjs(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--input_format=keras", "--quantize_uint8=nothing", str(models / "tiny.h5"), str(tmp_path / "my web")])
    assert code == 1
    expected = f"totfjs convert {models / 'tiny.h5'} '{tmp_path / 'my web'}' --from keras --to layers"
    assert f"in totfjs's own words: {expected} --quantize uint8:nothing --force" in capsys.readouterr().err


def test_an_output_with_other_files_in_it_is_left_alone(models: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    with pytest.raises(TotfjsError, match=r"index\.html"):
        run("--input_format=keras", models / "tiny.h5", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(TotfjsError, match="is a file"):
        run("--input_format=keras", models / "tiny.h5", tmp_path / "file")


def test_a_wrong_command_is_a_message_of_argparse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--input_format=onnx", "in", "out"])
    assert stopped.value.code == 2
    assert "--input_format: invalid choice: 'onnx'" in capsys.readouterr().err


# --- as programs --------------------------------------------------------------------------------------------------


def test_version_is_that_whose_flags_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("\ntensorflowjs 4.22.0\n\nDependency versions:\n")
    assert f"totfjs {totfjs.__version__}" in printed and "tensorflow not needed" in printed


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "--use_structured_outputs_names" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["totfjs.compat.converters.converter", "totfjs.compat.converters.wizard"])
def test_the_modules_run_as_programs(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "usage: tensorflowjs_" in done.stdout


def test_the_programs_are_installed() -> None:
    import tomllib

    scripts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts["tensorflowjs_converter"] == "totfjs.compat.cli:console"
    assert scripts["tensorflowjs_wizard"] == "totfjs.compat.wizard:console"


def test_a_quantized_model_computes_what_the_plain_one_does(models: Path, tmp_path: Path) -> None:
    image = np.random.default_rng(0).normal(size=(2, 5, 5, 2)).astype(np.float32)
    found = []
    for name, flags in (("plain", []), ("uint16", ["--quantize_uint16"])):
        run(*flags, "--input_format=keras", models / "tiny.h5", tmp_path / name)
        found.append(totfjs.run(tmp_path / name, {"conv_input": image}))
    np.testing.assert_allclose(found[0]["dense"], found[1]["dense"], atol=1e-2)
