"""What holds a StableHLO module: objects and files of `jax.export`, portable artifacts, MLIR bytecode and text."""

from __future__ import annotations

import mmap
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.errors import MissingDependencyError, SourceError
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.program import Program

MLIR = b"ML\xefR"
SUFFIXES = (".mlir", ".mlirbc", ".stablehlo", ".jaxexport")
# Beginnings of the text form.
_TEXT = (b"module", b"#", b"//", b'"builtin.module', b"func.func")


@dataclass(frozen=True, eq=False)
class Artifact:
    """A module, with what `jax.export` says about the function when it comes from there."""

    name: str
    program: Program
    exported: Any | None


def is_artifact(source: Any) -> bool:
    """Whether a source is, or holds, a StableHLO module; files are told by what is in them."""
    if isinstance(source, str | Path):
        path = Path(source)
        return path.is_file() and (path.suffix.lower() in SUFFIXES or _holds_module(path))
    export = sys.modules.get("jax._src.export._export")
    return export is not None and isinstance(source, export.Exported)


def read_artifact(source: Any) -> Artifact:
    """The module in a file or an object; raises SourceError when it is damaged."""
    if not isinstance(source, str | Path):
        return _of_exported(source, _compat.exported_name(source))
    path = Path(source)
    content = path.read_bytes()
    if content[:4] == MLIR or _is_text(content[:4096]):
        return Artifact(path.stem, _program(content, path), None)
    return _of_exported(_deserialized(content, path), path)


def _holds_module(path: Path) -> bool:
    """Whether a file without a known name begins as a module or has a portable artifact in it."""
    if path.suffix.lower() in (".pb", ".h5", ".hdf5", ".keras", ".py", ".json", ".zip", ".pkl", ".npz", ".safetensors"):
        return False
    with path.open("rb") as file:
        head = file.read(4096)
        if head[:4] == MLIR:
            return True
        if _is_text(head):
            return b"stablehlo." in head or b"func.func" in head
        if len(head) < 64:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(MLIR + b"\rStableHLO_v") >= 0


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
    return head.lstrip().startswith(_TEXT)


def _program(content: bytes, path: Path) -> Program:
    module, wrong = _compat.parse(content)
    if module is None:
        raise SourceError(
            f"{path} is no StableHLO module that can be read: {wrong.strip().removesuffix('.')}.",
            remedy="Write the file again; a portable artifact can be read by newer versions too.",
        )
    return Program(module, path.name)


def _deserialized(content: bytes, path: Path) -> Any:
    from jax import export

    try:
        import flatbuffers  # type: ignore[import-untyped]  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"{path} is an artifact of jax.export, and reading it needs flatbuffers, which is not installed.",
            remedy="Run `pip install 'totfjs[export]'`.",
        ) from error
    try:
        return export.deserialize(bytearray(content))
    except Exception as error:
        said = str(error).strip().partition("\n")[0].removesuffix(".") or type(error).__name__
        raise SourceError(
            f"{path} is no artifact of jax.export that can be read: {said}.",
            remedy=_remedy(said),
        ) from error


def _remedy(said: str) -> str:
    if "unregistered" in said or "PyTree" in said or "pytree" in said.lower():
        return "Export a function of dicts, lists and arrays, or convert the Exported object in Python."
    return "Write it again with Exported.serialize()."


def _of_exported(exported: Any, label: Path | str) -> Artifact:
    content = bytes(exported.mlir_module_serialized)
    module, wrong = _compat.parse(content)
    if module is None:
        raise SourceError(
            f"{label} holds no StableHLO module that can be read: {wrong.strip().removesuffix('.')}.",
            remedy="Export the function again, with a version of JAX that is not newer than the one installed here.",
        )
    name = label.name if isinstance(label, Path) else label
    return Artifact(_compat.exported_name(exported), Program(module, name), exported)
