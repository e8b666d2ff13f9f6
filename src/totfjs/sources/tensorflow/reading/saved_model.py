"""SavedModels of TensorFlow 1 and 2 → Saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from totfjs.checkpoints.tensor_bundle import TensorBundle, is_tensor_bundle, read_tensor_bundle
from totfjs.errors import SourceError
from totfjs.sources.tensorflow.program import Program
from totfjs.sources.tensorflow.reading.assets import Assets, asset_tensors
from totfjs.sources.tensorflow.reading.debug_info import places
from totfjs.sources.tensorflow.reading.graph_def import read_graph
from totfjs.sources.tensorflow.reading.meta_graph import SERVE, MetaGraph, choose, read_meta_graphs
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.reading.signatures import ref_of, signatures_of
from totfjs.sources.tensorflow.reading.variables import (
    VARIABLES,
    assigned,
    copied,
    named,
    restored,
    restored_tables,
    text_array,
    value_of,
)
from totfjs.sources.tensorflow.saved import Saved
from totfjs.sources.tensorflow.values import Operand, Variable
from totfjs.weights.array import Array, Dense

_CHECKPOINT = "variables/variables"
_INIT_OP = "__saved_model_init_op"
# Where TensorFlow 1 kept the name of the op that initialises tables.
_INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")
# What an archive that Keras 3 exports holds.
_EXPORTED = {"_all_variables", "_misc_assets", "trainable_variables"}
# Of SaverDef: the op that restores. Of CollectionDef: names of nodes.
_RESTORE, _NODE_LIST = 3, 1


def read_saved_model(directory: Path, tags: Sequence[str] = SERVE) -> Saved:
    """The graph of a SavedModel that has these tags, with its signatures and variables."""
    with reading(directory / "saved_model.pb"):
        graph = choose(read_meta_graphs(directory), tags)
        program = read_graph(graph.graph, graph.file)
        program = Program(program.main, program.functions, places(directory), program.versions)
        assets, initializers = asset_tensors(graph), initializers_of(graph)
        return Saved(
            program,
            signatures_of(graph, program),
            {**_variables(directory, program, graph), **_assets(program, assets, initializers)},
            batched=_by_keras(graph),
            path=directory,
            tags=tuple(tags),
            initializers=initializers,
            assets=Assets(directory, iter(assets.values())),
            tables=_tables(directory, program, graph),
        )


def initializers_of(graph: MetaGraph) -> tuple[str, ...]:
    """The nodes that are to be run once, before all others: they fill tables."""
    found: dict[str, None] = {}
    if _INIT_OP in graph.signatures:
        found.update((ref_of(entry.message(2).text(1)).node, None) for entry in graph.signatures[_INIT_OP].messages(2))
    for name in _INIT_COLLECTIONS:
        if name in graph.collections:
            nodes = graph.collections[name].message(_NODE_LIST).texts(1)
            found.update((ref_of(node.removeprefix("^")).node, None) for node in nodes)
    return tuple(found)


def _variables(directory: Path, program: Program, graph: MetaGraph) -> dict[str, Operand]:
    """The values of the variables of the graph, by their nodes."""
    tensors = restored(program, graph.saver.text(_RESTORE))
    by_name = not tensors and is_tensor_bundle(directory / _CHECKPOINT)
    if not tensors and not by_name:
        return {}
    bundle = _bundle(directory)
    tensors = named(program, bundle) if by_name else {**tensors, **copied(program, tensors)}
    return {
        name: Variable(name, str(program.main.nodes[name].attrs.get("dtype", "")), value_of(bundle, tensor))
        for name, tensor in tensors.items()
        if name in program.main.nodes and program.main.nodes[name].op in VARIABLES
    }


def _tables(directory: Path, program: Program, graph: MetaGraph) -> dict[str, tuple[Array, Array]]:
    """The keys and values of tables that are kept in the checkpoint, by their nodes."""
    found = restored_tables(program, graph.saver.text(_RESTORE))
    if not found:
        return {}
    bundle = _bundle(directory)
    return {name: (value_of(bundle, keys), value_of(bundle, values)) for name, (keys, values) in found.items()}


def _bundle(directory: Path) -> TensorBundle:
    if not is_tensor_bundle(directory / _CHECKPOINT):
        raise SourceError(
            f"{directory} has no {_CHECKPOINT}.index, in which the values of its variables are.",
            remedy="Copy the whole directory of the SavedModel.",
        )
    return read_tensor_bundle(directory / _CHECKPOINT)


def _assets(program: Program, assets: Mapping[str, str], initializers: tuple[str, ...]) -> dict[str, Operand]:
    """The names of files as values: of the tensors that stand for them, and of the variables that keep them."""
    found: dict[str, Operand] = {node: text_array(name) for node, name in assets.items()}
    if not assets:
        return found
    for variable, value in assigned(program, initializers).items():
        if value.node in assets:
            found[variable] = Variable(variable, "string", Dense(text_array(assets[value.node])))
    return found


def _by_keras(graph: MetaGraph) -> bool:
    """Whether Keras made the model: the first dims of its inputs are one batch then."""
    if (graph.directory / "keras_metadata.pb").is_file():
        return True
    root = next(graph.objects.messages(1), None)
    if root is None:
        return False
    members = {child.text(2) for child in root.messages(1)}
    return root.message(4).text(1).startswith("_tf_keras") or members >= _EXPORTED
