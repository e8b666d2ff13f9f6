"""`saved_model.pb`: the graphs in it (MetaGraphDef), each with its tags, signatures, collections and objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from totfjs.errors import SourceError, UsageError
from totfjs.sources.tensorflow.reading.problems import damaged
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.wire import Message

FILE = "saved_model.pb"
TEXT_FILE = "saved_model.pbtxt"
SERVE = ("serve",)
_MOST_META_GRAPHS = 64
# Fields of SavedModel and MetaGraphDef.
_META_GRAPHS = 2
_INFO, _GRAPH, _SAVER, _COLLECTIONS, _SIGNATURES, _ASSETS, _OBJECTS = range(1, 8)
# Fields of MetaInfoDef.
_TAGS, _VERSION = 4, 5


@dataclass(frozen=True)
class MetaGraph:
    """One graph of a SavedModel, as it lies in the file."""

    directory: Path
    message: Message
    file: Stored | None

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags by which it is chosen."""
        return tuple(sorted(self.message.message(_INFO).texts(_TAGS)))

    @property
    def tensorflow(self) -> str:
        """The version of TensorFlow that wrote it."""
        return self.message.message(_INFO).text(_VERSION)

    @property
    def graph(self) -> Message:
        """The GraphDef."""
        return self.message.message(_GRAPH)

    @property
    def saver(self) -> Message:
        """The SaverDef, which names the op that restores the variables."""
        return self.message.message(_SAVER)

    @property
    def objects(self) -> Message:
        """The SavedObjectGraph, which TensorFlow 2 writes."""
        return self.message.message(_OBJECTS)

    @cached_property
    def signatures(self) -> Mapping[str, Message]:
        """The SignatureDefs by name, those for TensorFlow's own use among them."""
        return {entry.text(1): entry.message(2) for entry in self.message.messages(_SIGNATURES)}

    @cached_property
    def collections(self) -> Mapping[str, Message]:
        """The CollectionDefs by name, which TensorFlow 1 writes."""
        return {entry.text(1): entry.message(2) for entry in self.message.messages(_COLLECTIONS)}

    def assets(self) -> Iterator[Message]:
        """The AssetFileDefs."""
        return self.message.messages(_ASSETS)


def read_meta_graphs(directory: Path) -> list[MetaGraph]:
    """The graphs of a SavedModel."""
    if not (directory / FILE).is_file() and (directory / TEXT_FILE).is_file():
        file, message = None, _from_text(directory / TEXT_FILE)
    else:
        file = Stored(directory / FILE)
        message = file.message
    found: list[MetaGraph] = []
    for each in message.messages(_META_GRAPHS):
        if len(found) == _MOST_META_GRAPHS:
            raise damaged(directory / FILE, f"it has more than {_MOST_META_GRAPHS} graphs")
        found.append(MetaGraph(directory, each, file))
    if not found:
        raise damaged(directory / FILE, "it holds no graph")
    return found


def _from_text(path: Path) -> Message:
    from totfjs.sources.tensorflow.reading.text_format import read_text

    return Message(read_text(path, "SavedModel"))


def choose(graphs: Sequence[MetaGraph], tags: Sequence[str]) -> MetaGraph:
    """The graph with just these tags; the default ones also mean the only graph, whatever its tags."""
    wanted = tuple(sorted(set(tags)))
    for graph in graphs:
        if graph.tags == wanted:
            return graph
    if wanted == SERVE and len(graphs) == 1:
        return graphs[0]
    sets = "; ".join(",".join(graph.tags) or "(none)" for graph in graphs)
    directory = graphs[0].directory
    if wanted == SERVE:
        raise SourceError(
            f"{directory} holds {len(graphs)} graphs, none of which has the tag serve alone: {sets}.",
            remedy="Choose one of these sets of tags with --tags.",
        )
    raise UsageError(
        f"{directory} has no graph with the tags {','.join(wanted) or '(none)'}.",
        remedy=f"Choose one of these sets of tags: {sets}.",
    )
