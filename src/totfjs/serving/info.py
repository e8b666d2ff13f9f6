"""What the page is told of a model before it loads it: its name, its files, its inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from totfjs import __version__
from totfjs.graph.types import FROM_PROTO
from totfjs.serving.paths import names_of
from totfjs.serving.site import LeadsOutsideError, Site


def describe(site: Site, query: str) -> dict[str, Any] | None:
    """The description of the model that `model=` of the query names, or of the first one; None for none."""
    models = site.models()
    asked = parse_qs(query).get("model", [""])[0].strip("/")
    chosen = asked if asked in models else (models[0] if models and not asked else None)
    if chosen is None:
        return None
    folder = site.root / chosen
    document = _read(folder / "model.json")
    return {
        "name": folder.name,
        "model": chosen,
        "models": [{"name": path.rpartition("/")[2] or site.root.name, "path": path} for path in models],
        "format": document.get("format") or ("graph-model" if _is_graph(document) else "layers-model"),
        "inputs": list(_ports(document, "inputs")),
        "outputs": list(_ports(document, "outputs")),
        "files": list(_files(site, chosen, document)),
        "isolated": True,
        "version": __version__,
    }


def _read(path: Path) -> dict[str, Any]:
    """The document; what is wrong with one that cannot be read is for the page to say."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_graph(document: Mapping[str, Any]) -> bool:
    topology = document.get("modelTopology")
    return isinstance(topology, dict) and "node" in topology


def _ports(document: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The inputs or outputs as the signature of a graph model has them; a layers model has none."""
    try:
        for name, entry in ((document.get("signature") or {}).get(kind) or {}).items():
            if "resourceId" not in entry:
                shape = [int(dim.get("size", 0)) for dim in (entry.get("tensorShape") or {}).get("dim", ())]
                yield {"name": name, "dtype": FROM_PROTO.get(entry.get("dtype", "")), "shape": shape}
    except (AttributeError, TypeError, ValueError):
        return


def _files(site: Site, chosen: str, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """model.json and its shards, with their sizes where they are there to be served."""
    folder = tuple(chosen.split("/")) if chosen else ()
    for name in ["model.json", *_named(document)]:
        names = names_of("/" + quote(name))
        yield {"path": name, "bytes": None if names is None else _size(site, ("model", *folder, *names))}


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    groups = document.get("weightsManifest")
    for group in groups if isinstance(groups, list) else ():
        paths = group.get("paths") if isinstance(group, dict) else None
        yield from (path for path in (paths if isinstance(paths, list) else ()) if isinstance(path, str))


def _size(site: Site, names: tuple[str, ...]) -> int | None:
    try:
        found = site.find(names)
        return None if found is None else found.path.stat().st_size
    except (OSError, LeadsOutsideError):
        return None
