"""Command lines are read as they are meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from totfjs.compat.arguments import normal
from totfjs.compat.flags import BOOLEANS, FLAGS, PATTERNS, SWITCHES, VALUES, parser
from totfjs.errors import UsageError


def read(*arguments: str) -> dict[str, Any]:
    return vars(parser().parse_args(normal(arguments)))


def test_every_flag_of_the_old_package_is_there() -> None:
    old = [
        "input_format", "output_format", "signature_name", "saved_model_tags", "quantize_float16", "quantize_uint8",
        "quantize_uint16", "quantization_bytes", "split_weights_by_layer", "version", "skip_op_check",
        "strip_debug_ops", "use_structured_outputs_names", "weight_shard_size_bytes", "output_node_names",
        "control_flow_v2", "experiments", "metadata", "help",
    ]  # fmt: skip
    assert set(FLAGS) == {*old, "verify", "backends"}


def test_defaults_are_those_of_the_old_package() -> None:
    found = read("in", "out")
    assert found == {
        "input_path": "in", "output_path": "out", "input_format": "tf_saved_model", "output_format": None,
        "signature_name": None, "saved_model_tags": "serve", "quantize_float16": None, "quantize_uint8": None,
        "quantize_uint16": None, "quantization_bytes": None, "split_weights_by_layer": False, "show_version": False,
        "skip_op_check": False, "strip_debug_ops": True, "use_structured_outputs_names": False,
        "weight_shard_size_bytes": None, "output_node_names": None, "control_flow_v2": False, "experiments": False,
        "metadata": None, "verify": "auto", "backends": None,
    }  # fmt: skip


@pytest.mark.parametrize("flag", [*PATTERNS, *BOOLEANS, *SWITCHES[:2]])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_flag_without_a_value_leaves_the_paths_alone(flag: str, place: int) -> None:
    words = ["in", "out"]
    words.insert(place, f"--{flag}")
    found = read(*words)
    assert (found["input_path"], found["output_path"], found[flag]) == ("in", "out", True)


@pytest.mark.parametrize("flag", PATTERNS)
@pytest.mark.parametrize(
    "words", [["--{}=a*,b", "in", "out"], ["--{}", "a*,b", "in", "out"], ["in", "out", "--{}", "a*,b"]]
)
def test_patterns_are_taken_where_the_paths_are_there_besides(flag: str, words: list[str]) -> None:
    found = read(*(word.format(flag) for word in words))
    assert (found["input_path"], found["output_path"], found[flag]) == ("in", "out", "a*,b")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], True), (["true"], True), (["True"], True), (["1"], True), (["false"], False), (["False"], False),
        (["0"], False), (["no"], False), ([""], False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("flag", BOOLEANS)
def test_true_and_false_mean_what_they_say(flag: str, words: list[str], meant: bool) -> None:
    assert read(f"--{flag}", *words, "in", "out")[flag] is meant
    joined = [f"--{flag}={word}" for word in words] or [f"--{flag}"]
    assert read(*joined, "in", "out")[flag] is meant


def test_what_is_neither_true_nor_false_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        read("--experiments=maybe", "in", "out")
    assert stopped.value.code == 2
    assert "'maybe' is neither true nor false" in capsys.readouterr().err


@pytest.mark.parametrize("value", VALUES)
def test_values_follow_with_and_without_an_equals_sign(value: str) -> None:
    word = {
        "input_format": "keras", "output_format": "keras", "quantization_bytes": "2", "weight_shard_size_bytes": "7"
    }.get(value, "x y,z")  # fmt: skip
    first, second = read(f"--{value}={word}", "in", "out"), read("in", f"--{value}", word, "out")
    assert first == second
    assert str(first[value]) == word


def test_paths_may_hold_spaces() -> None:
    found = read("--input_format=keras", "my  models/a b.h5", "my out")
    assert (found["input_path"], found["output_path"]) == ("my  models/a b.h5", "my out")


def test_a_path_may_begin_with_a_hyphen() -> None:
    found = read("--quantize_uint8", "--", "-in", "--out")
    assert (found["input_path"], found["output_path"], found["quantize_uint8"]) == ("-in", "--out", True)


@pytest.mark.parametrize(
    ("short", "flag"),
    [("--input_f", "input_format"), ("--sig", "signature_name"), ("--out", None), ("--meta", "metadata")],
)
def test_flags_may_be_cut_short_where_they_stay_plain(short: str, flag: str | None) -> None:
    if flag is None:
        with pytest.raises(SystemExit):
            read(f"{short}=x", "in", "out")
        return
    word = "keras" if flag == "input_format" else "x"
    assert read(short, word, "in", "out")[flag] == word


@pytest.mark.parametrize("short", ["--quantize_u", "--nothing", "-x"])
def test_flags_that_nobody_knows_are_refused(short: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        read(short, "in", "out")
    assert stopped.value.code == 2


@pytest.mark.parametrize("flag", ["-v", "--version"])
def test_version_has_two_names(flag: str) -> None:
    assert read(flag)["show_version"]


def test_of_a_pattern_and_a_path_that_which_exists_is_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.h5").touch()
    found = read("--quantize_uint8", "conv*", "--quantize_float16", "in.h5", "out")
    expected = {"input_path": "in.h5", "output_path": "out", "quantize_uint8": "conv*", "quantize_float16": True}
    assert {key: found[key] for key in expected} == expected


def test_what_may_be_a_pattern_or_a_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="may be a pattern or a path") as refused:
        normal(["--quantize_uint8", "a", "--quantize_float16", "b", "out"])
    assert "--quantize_uint8=a" in refused.value.remedy


def test_words_that_are_too_many_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read("in", "out", "more")
    assert "more" in capsys.readouterr().err
