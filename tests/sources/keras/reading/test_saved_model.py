"""Legacy Keras SavedModels, against the HDF5 files of the same models."""

from __future__ import annotations

import json
import shutil
from itertools import count

import numpy as np
import pytest

from tests.fixtures.tf_keras import having, unpack
from tests.protobuf import field
from totfjs.errors import KerasFileError, SourceError
from totfjs.sources.keras.reading import is_keras_file, read_saved
from totfjs.wire import Message, fields

BOTH = [name for name in having("saved_model") if name in having("model.h5")]


def without_marks(value):
    """A configuration without what only one of the two kinds of file has."""
    if isinstance(value, list):
        return [without_marks(item) for item in value]
    if isinstance(value, dict):
        marks = ("module", "registered_name", "shared_object_id", "build_config")
        return {key: without_marks(item) for key, item in value.items() if key not in marks}
    return value


def assert_same(found, expected):
    assert [name for name, _ in found] == [name for name, _ in expected]
    for (name, array), (_, other) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array.numpy(), other.numpy(), err_msg=name)


@pytest.mark.parametrize("name", BOTH)
def test_it_says_what_the_hdf5_file_of_the_same_model_says(tmp_path, name):
    found = read_saved(unpack(name, "saved_model", tmp_path))
    expected = read_saved(unpack(name, "model.h5", tmp_path))
    assert (found.format, found.version) == ("Keras SavedModel", "2.19.0")
    assert list(found.weights.layers) == list(expected.weights.layers)
    for layer, pairs in expected.weights.layers.items():
        assert_same(found.weights.layers[layer], pairs)
    assert_same(found.optimizer, expected.optimizer)
    assert without_marks(found.config) == without_marks(expected.config)
    assert without_marks(found.training) == without_marks(expected.training)


def test_there_are_compiled_ones_among_them(tmp_path):
    names = ("saved_compiled", "saved_compiled_legacy")
    saved = [read_saved(unpack(name, "saved_model", tmp_path)) for name in names]
    assert [each.optimizer[0][0] for each in saved] == ["iteration:0", "Adam/iter:0"]
    assert all(each.training["loss"] == "mse" and each.optimizer[0][1].numpy() == 1 for each in saved)


def test_a_model_that_is_code_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(SourceError, match=r"the model Subclassed is code[^$]*save it as \.keras or \.h5"):
        read_saved(unpack("saved_subclassed", "saved_model", tmp_path))


def test_vocabularies_that_layers_learned_are_in_the_configuration(tmp_path):
    saved = read_saved(unpack("saved_adapted", "saved_model", tmp_path))
    found = [layer["config"].get("vocabulary") for layer in saved.config["config"]["layers"]]
    assert found == [None, ["the", "quick", "fox", "dog"], ["the fox", "no"], [2, 5, 3]]


def as_keras_2_4_wrote_it(directory):
    """The directory with the metadata of each object within `saved_model.pb`."""
    file = directory / "keras_metadata.pb"
    texts = {each.integer(2): bytes(each.data(5)) for each in Message(file.read_bytes()).messages(1)}
    file.unlink()
    model = directory / "saved_model.pb"
    numbers = count()

    def with_metadata(node):
        text = texts.get(next(numbers))
        return node if text is None else changed(node, 4, lambda user: bytes(user) + field(3, text))

    def with_objects(graph):
        return changed(graph, 7, lambda objects: changed(objects, 1, with_metadata))

    model.write_bytes(changed(model.read_bytes(), 2, with_objects))
    return directory


def changed(message, number, change):
    """A message with another content in each field of a number; the rest must have contents too, or be numbers."""
    return b"".join(
        field(found, change(value) if found == number else bytes(value) if kind == 2 else value)
        for found, kind, value in fields(message)
    )


@pytest.mark.parametrize("name", ["saved_compiled", "saved_nested", "saved_adapted"])
def test_metadata_where_keras_2_4_kept_it(tmp_path, name):
    directory = unpack(name, "saved_model", tmp_path)
    expected = read_saved(directory)
    assert is_keras_file(as_keras_2_4_wrote_it(directory))
    found = read_saved(directory)
    assert (found.config, found.training, found.version) == (expected.config, expected.training, expected.version)
    assert list(found.weights.layers) == list(expected.weights.layers)
    for layer, pairs in expected.weights.layers.items():
        assert_same(found.weights.layers[layer], pairs)


def test_a_saved_model_that_keras_did_not_write_is_not_one_of_its_files(directory):
    (directory / "keras_metadata.pb").unlink()
    assert not is_keras_file(directory)
    (directory / "saved_model.pb").write_bytes(b"\xff")
    assert not is_keras_file(directory)
    (directory / "saved_model.pb").write_bytes(b"")
    assert not is_keras_file(directory)


@pytest.fixture
def directory(tmp_path):
    return unpack("saved_sequential", "saved_model", tmp_path)


def rewritten(directory, *objects):
    """The directory with other metadata: the paths of objects, their kinds and their JSON."""
    records = [field(3, path) + field(4, kind) + field(5, text) for path, kind, text in objects]
    (directory / "keras_metadata.pb").write_bytes(b"".join(field(1, record) for record in records))
    return directory


MODEL = ("root", "_tf_keras_sequential", json.dumps({"class_name": "Sequential", "config": {"layers": []}}))


def test_a_layer_without_a_name_is_refused(directory):
    with pytest.raises(KerasFileError, match="does not describe layer 0"):
        read_saved(rewritten(directory, MODEL))


def test_names_are_found_under_any_path_that_leads_to_a_layer(directory):
    names = [(f"root.{path}", "_tf_keras_layer", json.dumps({"name": path})) for path in ("layer-0", "layer-1")]
    last = ("root.layer_with_weights-2", "_tf_keras_layer", json.dumps({"name": "last"}))
    elsewhere = ("root.keras_api.nothing", "_tf_keras_layer", json.dumps({"name": "no"}))
    layers = read_saved(rewritten(directory, MODEL, *names, last, elsewhere)).weights.layers
    assert list(layers) == ["layer-0", "layer-1", "last"]
    assert layers["layer-1"][0][0] == "batch_normalization/gamma:0"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xff\xff", "its metadata: it ends within a number"),
        (b"\x10\x01", "does not describe a model"),
        (field(1, field(3, "root") + field(5, "{")), "its metadata is not JSON"),
        (field(1, field(3, "root") + field(5, "[]")), "is not a JSON object"),
        (field(1, field(3, b"\xff")), "not UTF-8"),
    ],
)
def test_damaged_metadata_is_refused(directory, content, text):
    (directory / "keras_metadata.pb").write_bytes(content)
    with pytest.raises(SourceError, match=text):
        read_saved(directory)


def test_weights_that_are_missing_are_told(directory):
    shutil.rmtree(directory / "variables")
    with pytest.raises(SourceError, match=r"has no variables/variables\.index"):
        read_saved(directory)


def test_a_checkpoint_of_something_else_is_refused(tmp_path, directory):
    from tests.fixtures.tensor_bundle import unpack as checkpoint

    prefix = checkpoint("shards", tmp_path)
    for file in (directory / "variables").iterdir():
        file.unlink()
    for file in tmp_path.glob(f"{prefix.name}.*"):
        file.rename(directory / "variables" / file.name.replace("shards", "variables"))
    with pytest.raises(KerasFileError, match="does not say which object has which variables"):
        read_saved(directory)
