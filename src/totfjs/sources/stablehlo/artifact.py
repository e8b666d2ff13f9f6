"""What holds a StableHLO module: objects and files of `jax.export`, portable artifacts, MLIR bytecode and text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.errors import MissingDependencyError, SourceError
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.program import Program
from totfjs.sources.stablehlo.recognise import MLIR, is_text


@dataclass(frozen=True, eq=False)
class Artifact:
    """A module, with what `jax.export` says about the function when it comes from there."""

    name: str
    program: Program
    exported: Any | None


def read_artifact(source: Any) -> Artifact:
    """The module in a file or an object; raises SourceError when it is damaged."""
    if not isinstance(source, str | Path):
        return _of_exported(source, _compat.exported_name(source))
    path = Path(source)
    content = path.read_bytes()
    if content[:4] == MLIR or is_text(content[:4096]):
        return Artifact(path.stem, _program(content, path), None)
    return _of_exported(_deserialized(content, path), path)


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
