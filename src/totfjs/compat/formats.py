"""The formats of the old command line, and what each of them is here."""

from __future__ import annotations

from dataclasses import dataclass

from totfjs.errors import UnsupportedError, UsageError

GRAPH, LAYERS = "tfjs_graph_model", "tfjs_layers_model"
KERAS, KERAS_SAVED_MODEL, KERAS_KERAS = "keras", "keras_saved_model", "keras_keras"
SAVED_MODEL, HUB, FROZEN = "tf_saved_model", "tf_hub", "tf_frozen_model"
# What guides still name: reading says what became of it.
SESSION_BUNDLE = "tf_session_bundle"


@dataclass(frozen=True)
class Input:
    """What an input format is for `convert`, and what it becomes: the first where nothing is said."""

    source_format: str
    outputs: tuple[str, ...]


_KERAS_FILES = (KERAS, KERAS_KERAS)
_OF_LAYERS = (LAYERS, GRAPH, *_KERAS_FILES, KERAS_SAVED_MODEL)
INPUTS: dict[str, Input] = {
    KERAS: Input("keras", _OF_LAYERS),
    KERAS_SAVED_MODEL: Input("keras", _OF_LAYERS),
    KERAS_KERAS: Input("keras", _OF_LAYERS),
    SAVED_MODEL: Input("saved_model", (GRAPH,)),
    HUB: Input("hub", (GRAPH,)),
    FROZEN: Input("frozen", (GRAPH,)),
    SESSION_BUNDLE: Input("saved_model", (GRAPH,)),
    LAYERS: Input("web", (KERAS, KERAS_KERAS, KERAS_SAVED_MODEL, LAYERS, GRAPH)),
    GRAPH: Input("web", (GRAPH,)),
}
OUTPUTS: dict[str, str] = {
    GRAPH: "graph", LAYERS: "layers", KERAS: "keras", KERAS_KERAS: "keras", KERAS_SAVED_MODEL: "saved_model"
}  # fmt: skip


def output_format(input_format: str, wanted: str | None) -> str:
    """The output format: the one that is wanted, or that of the input format."""
    possible = INPUTS[input_format].outputs
    chosen = wanted or possible[0]
    if chosen == KERAS_SAVED_MODEL and chosen in possible:
        raise UnsupportedError(
            "Only TensorFlow writes SavedModels, and totfjs does without it.",
            remedy="Write --output_format keras_keras; where TensorFlow is, keras.models.load_model(FILE).export(DIR).",
        )
    if chosen not in possible:
        raise UsageError(
            f"{input_format} does not become {chosen}.",
            remedy=f"Choose --output_format {' or '.join(item for item in possible if item != KERAS_SAVED_MODEL)}.",
        )
    return chosen
