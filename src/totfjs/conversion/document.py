"""The `model.json` of a graph model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs import __version__
from totfjs.conversion.result import javascript_order
from totfjs.graph.encode import programs
from totfjs.graph.graph import Graph


def model_json(
    graph: Graph,
    metadata: Mapping[str, Any] | None = None,
    description: Mapping[str, Any] | None = None,
    structured: bool = False,
) -> dict[str, Any]:
    """The `model.json` of a graph, without its weights; `description` is the source's own."""
    keys = {"structuredOutputKeys": javascript_order(graph.outputs)} if structured else {}
    dims = {name: [str(size) for size in graph.type(value).shape] for name, value in graph.inputs.items()}
    return {
        "format": "graph-model",
        "generatedBy": f"totfjs {__version__}",
        "convertedBy": f"totfjs {__version__}",
        **programs(graph),
        "userDefinedMetadata": {**(metadata or {}), **keys, "totfjs": {"inputs": dims, **(description or {})}},
    }
