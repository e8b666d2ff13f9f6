"""The layers of a Keras model as rows of a table: what each gives, what it weighs, what it is connected to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from totfjs.errors import InputSpecError, TotfjsError
from totfjs.graph.builder import Builder
from totfjs.graph.types import TensorType
from totfjs.sources.keras.architecture import Layer, Model, leaves
from totfjs.sources.keras.inputs import inputs_of
from totfjs.sources.keras.layers import is_keras, variables_of
from totfjs.sources.keras.lower import Lowering
from totfjs.sources.keras.use import Flow

_TITLES = ("layer", "type", "output", "parameters", "connected to")
_UNKNOWN = "?"


@dataclass(frozen=True)
class LayerRow:
    """One layer: its path in the model, its class, the types of its outputs, and the layers that it reads.

    `outputs` is empty where it is not known, `parameters` is None where the weights could not be told apart.
    """

    path: str
    kind: str
    outputs: tuple[str, ...]
    parameters: int | None
    trained: int | None
    connected: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text; layers of nested models are indented below them."""
        depth, name = self.path.count("/"), self.path.rpartition("/")[2]
        parameters = _UNKNOWN if self.parameters is None else f"{self.parameters:,}"
        return (
            "  " * depth + name,
            self.kind,
            ", ".join(self.outputs) or _UNKNOWN,
            parameters,
            ", ".join(self.connected),
        )


def rows_of(model: Model, weighed: bool) -> tuple[LayerRow, ...]:
    """The rows of a model and of those within it; `weighed` says whether its layers have their weights."""
    return tuple(_rows(model, _outputs(model), weighed, ""))


def table(rows: Sequence[LayerRow]) -> Iterator[str]:
    """The lines of the table, with its titles."""
    cells = [_TITLES, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip_longest(*cells, fillvalue="")]
    for line in cells:
        *words, number, last = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join([*words, number.strip().rjust(widths[3]), last]).rstrip()


def _rows(model: Model, outputs: Mapping[str, str], weighed: bool, scope: str) -> Iterator[LayerRow]:
    for layer in model.layers:
        path = f"{scope}{layer.name}"
        total, trained = _weight(layer, True) if weighed else (None, None)
        kind = layer.kind if is_keras(layer) else f"{layer.kind} of {layer.package or 'one’s own'}"
        found = tuple(outputs[path].split(" ")) if path in outputs else ()
        connected = dict.fromkeys(ref.layer for call in layer.calls for ref in call.refs)
        yield LayerRow(path, kind, found, total, trained, tuple(connected))
        if layer.model is not None:
            yield from _rows(layer.model, outputs, weighed, f"{path}/")


def _weight(layer: Layer, trainable: bool) -> tuple[int, int]:
    """The parameters of a layer and of all it holds, and how many of them are trained."""
    trainable = trainable and layer.trainable
    own = [(layer.weights[each.name].size, each.trained) for each in variables_of(layer) if each.name in layer.weights]
    held = [*layer.children.values(), *(layer.model.layers if layer.model is not None else ())]
    counts = [(size, size if trained and trainable else 0) for size, trained in own]
    counts += [_weight(each, trainable) for each in held]
    return sum(total for total, _ in counts), sum(trained for _, trained in counts)


def _outputs(model: Model) -> dict[str, str]:
    """The types of what each layer gives, by its path; from the first that cannot be told on, none."""
    lowering, found = Lowering(Builder(("cpu",))), dict(_inputs(model, ""))
    try:
        given = [
            Flow(lowering.builder.input(name, kind.dtype, kind.shape)) for name, kind in inputs_of(model, None).items()
        ]
        lowering.model(model, given)
    except TotfjsError:
        pass  # a summary of the other layers is worth more than the reason, which convert tells
    return found | {path: " ".join(map(str, leaves(tree, TensorType))) for path, tree in lowering.results.items()}


def _inputs(model: Model, scope: str) -> Iterator[tuple[str, str]]:
    """The types of the inputs, and of those of nested models, as far as they say them."""
    try:
        yield from ((f"{scope}{name}", str(kind)) for name, kind in inputs_of(model, None).items())
    except InputSpecError:
        return  # some models learn their inputs from what they are fed
    for layer in model.layers:
        if layer.model is not None:
            yield from _inputs(layer.model, f"{scope}{layer.name}/")
