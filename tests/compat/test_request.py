"""What is asked for in old words, in those of totfjs."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.compat import old
from totfjs.cli.convert import add_arguments
from totfjs.compat.arguments import normal
from totfjs.compat.asked import request_of
from totfjs.compat.flags import parser
from totfjs.compat.request import Request, command, perform
from totfjs.errors import UsageError


@pytest.mark.parametrize(
    ("old", "ours"),
    [
        ("saved out", "saved out --from saved_model --to graph"),
        ("--input_format=tf_hub https://x.y/z/1 out", "https://x.y/z/1 out --from hub --to graph"),
        ("--input_format=tf_frozen_model --output_node_names=a,b m.pb out",
         "m.pb out --from frozen --to graph --outputs a,b"),
        ("--signature_name=s --saved_model_tags=a,b in out",
         "in out --from saved_model --to graph --signature s --tags a,b"),
        ("--input_format=keras m.h5 out", "m.h5 out --from keras --to layers"),
        ("--input_format=keras_keras --output_format=tfjs_graph_model m out", "m out --from keras --to graph"),
        ("--input_format=keras_saved_model m out", "m out --from keras --to layers"),
        ("--input_format=tfjs_layers_model m out.h5", "m out.h5 --from web --to keras"),
        ("--input_format=tfjs_graph_model m out", "m out --from web --to graph"),
        ("--quantize_uint8 --quantize_float16='a/*,b' in out",
         "in out --from saved_model --to graph --quantize 'float16:a/*' --quantize float16:b --quantize uint8"),
        ("--weight_shard_size_bytes=7 in out", "in out --from saved_model --to graph --shard-size 7"),
        ("--input_format=keras --split_weights_by_layer in out", "in out --from keras --to layers --split-by-layer"),
        ("--metadata=a:b.json,c:d.json in out",
         "in out --from saved_model --to graph --metadata a=b.json --metadata c=d.json"),
        ("--use_structured_outputs_names in out", "in out --from saved_model --to graph --structured-outputs"),
        ("--strip_debug_ops=False in out", "in out --from saved_model --to graph --keep-debug"),
        ("--verify=off --backends=cpu in out", "in out --from saved_model --to graph --backends cpu --verify off"),
        ("'my model' 'my web'", "'my model' 'my web' --from saved_model --to graph"),
    ],
)  # fmt: skip
def test_old_words_have_new_ones(old: str, ours: str) -> None:
    request = request_of(parser().parse_args(normal(shlex.split(old))))
    assert command(request) == f"totfjs convert {ours} --force"
    words = argparse.ArgumentParser()
    add_arguments(words)
    words.parse_args(shlex.split(command(request))[2:])


@pytest.mark.parametrize("size", [0, -1, True, 2.5])
def test_the_size_of_files_is_a_positive_number(size: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="positive number of bytes"):
        perform(Request("in", tmp_path / "out", "keras", "layers", shard_size=size))


def test_only_a_graph_returns_its_outputs_by_name(tmp_path: Path) -> None:
    model = old.unpacked("models/tiny.h5", tmp_path)
    with pytest.raises(UsageError, match="Only a graph model"):
        perform(Request(str(model), tmp_path / "out", "keras", "layers", structured_outputs=True))
