"""Keras models through `convert`: which target, what is written, the way back, web models cut anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import totfjs
from tests.sources.keras.row import floats, randomised
from totfjs.cli.main import main
from totfjs.compat import converters
from totfjs.errors import OutputExistsError, SourceError, UnsupportedError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")
IMAGE = floats(2, 8, 8, 1)


def plain() -> Any:
    """A model that tfjs-layers computes as Keras does."""
    return randomised(keras.Sequential([
        keras.Input((8, 8, 1), name="image"), layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.BatchNormalization(name="norm"), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(3, activation="softmax", name="digit"),
    ]))  # fmt: skip


def grouped() -> Any:
    """A model with a layer that tfjs-layers lacks."""
    x = keras.Input((4, 6), name="x")
    y = layers.GroupNormalization(2, name="groups")(x)
    return randomised(keras.Model(x, layers.Dense(2, name="y")(layers.MultiHeadAttention(2, 3, name="mha")(y, y))))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(model: Any, name: str) -> Path:
        model.save(tmp_path / name)
        return tmp_path / name

    return save


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_file_becomes_a_layers_model_where_that_is_exact(name: str, saved: Any, tmp_path: Path) -> None:
    model = plain()
    result = totfjs.convert(saved(model, name), tmp_path / "web")
    assert result.target == "layers"
    assert result.verification.passed
    assert result.verification.against == "the layers of the file in numpy"
    assert any("tf.loadLayersModel" in note for note in result.notes)
    assert [str(tensor) for tensor in (*result.inputs, *result.outputs)] == [
        "image: float32[b, 8, 8, 1]", "digit: float32[b, 3]",
    ]  # fmt: skip
    outputs = totfjs.run(result.path, {"image": IMAGE})
    np.testing.assert_allclose(outputs["digit"], model.predict(IMAGE, verbose=0), atol=1e-5)
    assert sorted(path.name for path in result.path.iterdir()) == sorted(result.files)


def test_a_layer_that_tfjs_layers_lacks_makes_it_a_graph_model_and_is_named(saved: Any, tmp_path: Path) -> None:
    path = saved(grouped(), "model.keras")
    result = totfjs.convert(path, tmp_path / "web")
    assert result.target == "graph"
    assert result.verification.passed
    assert any("groups" in note for note in result.notes)
    with pytest.raises(UnsupportedError, match="groups") as caught:
        totfjs.convert(path, tmp_path / "layers", to="layers")
    assert "mha" in caught.value.what
    assert "--to graph" in caught.value.remedy
    assert not (tmp_path / "layers").exists()


def test_outputs_have_the_names_that_the_page_sees(tmp_path: Path) -> None:
    x = keras.Input((3,), name="x")
    model = keras.Model(
        x, {"a": layers.Dense(2, activation="relu6", name="one")(x), "b": layers.Dense(2, name="two")(x)}
    )
    result = totfjs.convert(randomised(model), tmp_path / "web", to="layers")
    assert result.verification.passed
    assert [tensor.name for tensor in result.outputs] == list(totfjs.run(result.path, {"x": floats(2, 3)}))


def test_a_live_model_is_compared_with_what_it_predicts(tmp_path: Path) -> None:
    model = plain()
    for to in ("layers", "graph"):
        result = totfjs.convert(model, tmp_path / to, to=to)
        assert result.target == to
        assert result.verification.passed
        assert result.verification.against == "the source"


def test_a_layer_of_ones_own_is_traced_from_python_and_refused_from_a_file(saved: Any, tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("mine")
    class Twice(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return 2 * x

    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, name="y")(Twice(name="twice")(x)))
    assert totfjs.convert(model, tmp_path / "web").verification.passed
    with pytest.raises(UnsupportedError, match="twice") as caught:
        totfjs.convert(saved(model, "model.keras"), tmp_path / "file")
    assert "mine" in caught.value.what
    assert "Python" in caught.value.remedy


def test_a_quantized_layers_model_is_proved_with_its_own_weights(tmp_path: Path) -> None:
    result = totfjs.convert(plain(), tmp_path / "web", quantize="uint8")
    assert result.target == "layers"
    assert result.verification.passed
    assert result.verification.deviation < 0.05


def test_weights_split_by_layer_and_cut_anew(tmp_path: Path) -> None:
    model = plain()
    first = totfjs.convert(model, tmp_path / "split", split_by_layer=True)
    manifest = json.loads((tmp_path / "split/model.json").read_text())["weightsManifest"]
    assert [[line["name"] for line in group["weights"]] for group in manifest] == [
        ["conv/kernel", "conv/bias"],
        ["norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"],
        ["digit/kernel", "digit/bias"],
    ]
    again = totfjs.convert(first.path, tmp_path / "again", shard_size=100)
    assert again.target == "layers"
    assert again.verification.passed
    assert len(again.files) > 3
    small = totfjs.convert(first.path, tmp_path / "small", quantize="float16")
    assert _bytes(small) == _bytes(first) // 2
    expected = totfjs.run(first.path, {"image": IMAGE})["digit"]
    assert np.array_equal(totfjs.run(again.path, {"image": IMAGE})["digit"], expected)


def _bytes(result: Any) -> int:
    return sum((result.path / name).stat().st_size for name in result.files if name.endswith(".bin"))


def test_a_layers_model_becomes_a_graph_model(tmp_path: Path) -> None:
    totfjs.convert(plain(), tmp_path / "layers")
    result = totfjs.convert(tmp_path / "layers", tmp_path / "graph", to="graph")
    assert result.target == "graph"
    assert result.verification.passed


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_the_way_to_the_web_and_back_keeps_every_bit(suffix: str, saved: Any, tmp_path: Path) -> None:
    model = plain()
    totfjs.convert(saved(model, f"model{suffix}"), tmp_path / "web")
    result = totfjs.convert(tmp_path / "web", tmp_path / f"again{suffix}", to="keras")
    assert result.files == (f"again{suffix}",)
    again = keras.saving.load_model(tmp_path / f"again{suffix}")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))
    np.testing.assert_array_equal(model.predict(IMAGE, verbose=0), again.predict(IMAGE, verbose=0))


def test_weights_alone(saved: Any, tmp_path: Path) -> None:
    model = plain()
    model.save_weights(tmp_path / "model.weights.h5")
    assert totfjs.convert(tmp_path / "model.weights.h5", tmp_path / "web").target == "weights"
    named = totfjs.convert(saved(model, "model.keras"), tmp_path / "named", to="weights")
    manifest = json.loads((named.path / "weights_manifest.json").read_text())
    assert [line["name"] for line in manifest[0]["weights"]][:2] == ["conv/kernel", "conv/bias"]
    with pytest.raises(SourceError, match="not a model"):
        totfjs.convert(tmp_path / "model.weights.h5", tmp_path / "no", to="graph")


def test_a_live_model_takes_the_weights_of_a_file(tmp_path: Path) -> None:
    model = plain()
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = keras.models.clone_model(model)
    totfjs.convert(fresh, tmp_path / "web", weights=tmp_path / "model.weights.h5")
    outputs = totfjs.run(tmp_path / "web", {"image": IMAGE})
    np.testing.assert_allclose(outputs["digit"], model.predict(IMAGE, verbose=0), atol=1e-5)


def test_dims_may_be_fixed(saved: Any, tmp_path: Path) -> None:
    path = saved(plain(), "model.keras")
    result = totfjs.convert(path, tmp_path / "web", inputs={"image": (4, 8, 8, 1)})
    assert str(result.inputs[0]) == "image: float32[4, 8, 8, 1]"
    with pytest.raises(SourceError, match="8, 8, 1"):
        totfjs.convert(path, tmp_path / "no", inputs={"image": ("b", 9, 9, 1)})


def test_the_old_name_writes_a_layers_model_over_another(tmp_path: Path) -> None:
    for _ in range(2):
        converters.save_keras_model(
            plain(), tmp_path / "web", {"uint8": "*/kernel", "float16": ["*/bias"]}, metadata={"a": 1}
        )
    document = json.loads((tmp_path / "web/model.json").read_text())
    assert document["format"] == "layers-model"
    assert document["userDefinedMetadata"]["a"] == 1
    kinds = {
        line["name"]: line.get("quantization", {}).get("dtype") for line in document["weightsManifest"][0]["weights"]
    }
    assert kinds["conv/kernel"] == "uint8"
    assert kinds["conv/bias"] == "float16"
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputExistsError, match="already exists as a file"):
        converters.save_keras_model(plain(), tmp_path / "file")


def test_the_command_says_the_kind_of_model(saved: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(saved(plain(), "model.keras"))
    assert main(["convert", path, str(tmp_path / "web"), "--split-by-layer"]) == 0
    assert "layers model" in capsys.readouterr().out
    assert main(["convert", str(tmp_path / "web"), str(tmp_path / "b.h5"), "--to", "keras"]) == 0
    assert "Keras file" in capsys.readouterr().out
    odd = tmp_path / "odd.bin"
    odd.write_bytes(Path(path).read_bytes())
    assert main(["convert", str(odd), str(tmp_path / "odd"), "--from", "keras", "--to", "graph"]) == 0


def test_only_keras_models_have_layers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no Keras layers"):
        totfjs.convert(lambda x: x, tmp_path / "web", inputs={"x": (2,)}, to="layers")


def test_what_keras_3_means_otherwise_is_not_written_for_it(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,), name="x"), layers.Dense(3, activation="hard_sigmoid", name="y")])
    totfjs.convert(randomised(model), tmp_path / "web", to="layers")
    with pytest.raises(UnsupportedError, match="means something else in Keras 3"):
        totfjs.convert(tmp_path / "web", tmp_path / "again.keras", to="keras")
    assert not (tmp_path / "again.keras").exists()


def test_the_code_of_a_models_own_class_is_missed_in_a_file_and_traced_in_python(saved: Any, tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("mine")
    class Doubled(keras.Model):  # type: ignore[misc]
        def call(self, x: Any, training: bool | None = None) -> Any:
            return super().call(x, training=training) * 2

    x = keras.Input((3,), name="x")
    model = Doubled(x, layers.Dense(2, name="y")(x))
    with pytest.raises(UnsupportedError, match="Doubled"):
        totfjs.convert(saved(model, "model.keras"), tmp_path / "file")
    result = totfjs.convert(model, tmp_path / "live")
    assert (result.target, result.verification.passed) == ("graph", True)


def test_inputs_and_outputs_are_chosen_in_graph_models_alone(saved: Any, tmp_path: Path) -> None:
    path = saved(plain(), "model.keras")
    for chosen in ({"outputs": "digit"}, {"inputs": {"image": (4, 8, 8, 1)}}):
        for to, name in (("layers", "web"), ("keras", "copy.keras")):
            with pytest.raises(UsageError, match="cannot be chosen"):
                totfjs.convert(path, tmp_path / name, to=to, **chosen)
    totfjs.convert(path, tmp_path / "web", metadata={"labels": ["a"]})
    with pytest.raises(UsageError, match="outputs cannot be chosen"):
        totfjs.convert(tmp_path / "web", tmp_path / "other", outputs="digit")
    totfjs.convert(tmp_path / "web", tmp_path / "other", shard_size=100)
    assert json.loads((tmp_path / "other/model.json").read_text())["userDefinedMetadata"]["labels"] == ["a"]


def test_inputs_are_named_all_or_none(tmp_path: Path) -> None:
    a, b = keras.Input((None, 3), name="a"), keras.Input((None, 3), name="b")
    model = keras.Model([a, b], layers.Concatenate(1, name="c")([a, b]))
    with pytest.raises(SourceError, match="none called aa"):
        totfjs.convert(model, tmp_path / "web", inputs={"b": ("n", 5, 3), "aa": ("n", 7, 3)})


def test_metrics_go_to_the_outputs_that_they_name(tmp_path: Path) -> None:
    x = keras.Input((3,), name="x")
    model = keras.Model(x, [layers.Dense(2, name="p")(x), layers.Dense(2, name="q")(x)])
    model.compile("sgd", {"p": "mse", "q": "mse"}, metrics={"q": ["mae"], "p": ["mape"]})
    totfjs.convert(model, tmp_path / "web", to="layers", verify="off")
    metrics = json.loads((tmp_path / "web/model.json").read_text())["trainingConfig"]["metrics"]
    assert metrics == {"p": "mape", "q": "mae"}


def test_operations_and_models_without_weights_open_in_keras(tmp_path: Path) -> None:
    x = keras.Input((4,), name="x")
    model = keras.Model(x, (1 - x[:, ::2]) * keras.ops.sum(x, axis=1, keepdims=True))
    totfjs.convert(model, tmp_path / "again.keras", to="keras")
    given = floats(2, 4)
    again = keras.saving.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(given, verbose=0), model.predict(given, verbose=0))
    assert totfjs.convert(tmp_path / "again.keras", tmp_path / "web").verification.passed
