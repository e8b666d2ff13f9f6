"""Writes the page, TensorFlow.js and web models as a folder of static files, for any server and any path on it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jax_to_tfjs_demo import data
from jax_to_tfjs_demo.data import Dataset
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.site.entry import Entry, entry_of, files_of
from jax_to_tfjs_demo.site.place import LIST, check, hash_of, replacing
from jax_to_tfjs_demo.site.samples import samples
from jax_to_tfjs_demo.site.told import told

WORKER = "service-worker.js"
RUNTIME = "tensorflow"
# What the page does without in a network's absence: types, licences, and binaries that few browsers ask for.
NOT_KEPT = (".d.ts", "LICENCES.txt", "runtime.json", "threaded-simd.wasm", "backend-wasm.wasm", WORKER, LIST)
_VERSION, _FILES = "const VERSION = 'unbuilt';", "const FILES = [];"


@dataclass(frozen=True)
class Site:
    """What was built: the models that the page offers, and the files in `path`, of so many bytes together."""

    path: Path
    version: str
    models: tuple[Entry, ...]
    files: tuple[str, ...]
    bytes: int


def build(
    models: Sequence[Path],
    output: Path,
    *,
    log: Callable[[str], None],
    dataset: Dataset | None = None,
) -> Site:
    """Builds the site of some web models, the first of which is the one that the page begins with.

    The samples are of `dataset`, or of what there is: MNIST, or the digits that stand in for it.
    """
    directories = [Path(model).resolve() for model in models]
    _check_names(directories)
    check(output)
    entries = tuple(map(entry_of, directories))
    with replacing(output) as folder:
        _copy_page(folder)
        _copy_models(folder, directories)
        log("TensorFlow.js, and the loader that checks each file")
        _add_runtime(folder, directories[0])
        _write(folder / "models.json", {"models": [entry.json() for entry in entries]})
        _write(folder / "samples.json", samples(dataset or data.load(log=log)))
        version = _finish(folder)
        names = _names(folder)
        size = sum((folder / name).stat().st_size for name in names)
    return Site(output, version, entries, tuple(names), size)


def page() -> Path:
    """The folder with the page as it is written: in the package when that was installed, else beside it."""
    inside = Path(__file__).resolve().parents[1] / "page"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "page"


def _check_names(directories: Sequence[Path]) -> None:
    if not directories:
        raise DemoError("There is no web model to show.", remedy="Convert one first: app convert.")
    names = [directory.name for directory in directories]
    for name in names:
        if names.count(name) > 1:
            raise DemoError(f"Two of the models are called {name}.", remedy="Rename the folder of one of them.")


def _copy_page(folder: Path) -> None:
    for path in sorted(page().rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(page())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _copy_models(folder: Path, directories: Iterable[Path]) -> None:
    for directory in directories:
        target = folder / "models" / directory.name
        target.mkdir(parents=True)
        for path in files_of(directory):
            shutil.copyfile(path, target / path.name)


def _add_runtime(folder: Path, model: Path) -> None:
    import totfjs

    with told(), TemporaryDirectory() as scratch:
        totfjs.export_runtime(folder / RUNTIME)
        totfjs.export_loader(model, scratch)
        shutil.copyfile(Path(scratch) / "model-loader.js", folder / "model-loader.js")


def _finish(folder: Path) -> str:
    """Tells the service worker what to keep, and lists all files; returns the version, which is that of their bytes."""
    names = _names(folder)
    digest = hashlib.sha256("".join(f"{name} {hash_of(folder / name)}\n" for name in names).encode())
    version = digest.hexdigest()[:16]
    kept = ["./", *(name for name in names if not name.startswith("models/") and not name.endswith(NOT_KEPT))]
    worker = (folder / WORKER).read_text(encoding="utf-8")
    assert _VERSION in worker and _FILES in worker
    lines = json.dumps([name for name in kept if name != "index.html"], indent=2)
    worker = worker.replace(_VERSION, f"const VERSION = '{version}';").replace(_FILES, f"const FILES = {lines};")
    (folder / WORKER).write_text(worker, encoding="utf-8", newline="\n")
    _write(folder / LIST, {"version": version, "files": {name: hash_of(folder / name) for name in _names(folder)}})
    return version


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
