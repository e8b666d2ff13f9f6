"""Tells StableHLO modules from other sources, without JAX."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from typing import Any

MLIR = b"ML\xefR"
SUFFIXES = (".mlir", ".mlirbc", ".stablehlo", ".jaxexport")
# Beginnings of the text form.
_TEXT = (b"module", b"#", b"//", b'"builtin.module', b"func.func")


def is_artifact(source: Any) -> bool:
    """Whether a source is, or holds, a StableHLO module; files are told by what is in them."""
    if isinstance(source, str | Path):
        path = Path(source)
        return path.is_file() and (path.suffix.lower() in SUFFIXES or _holds_module(path))
    export = sys.modules.get("jax._src.export._export")
    return export is not None and isinstance(source, export.Exported)


def _holds_module(path: Path) -> bool:
    """Whether a file without a known name begins as a module or has a portable artifact in it."""
    if path.suffix.lower() in (".pb", ".h5", ".hdf5", ".keras", ".py", ".json", ".zip", ".pkl", ".npz", ".safetensors"):
        return False
    with path.open("rb") as file:
        head = file.read(4096)
        if head[:4] == MLIR:
            return True
        if is_text(head):
            return b"stablehlo." in head or b"func.func" in head
        if len(head) < 64:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(MLIR + b"\rStableHLO_v") >= 0


def is_text(head: bytes) -> bool:
    """Whether a file begins as the text form does."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
    return head.lstrip().startswith(_TEXT)
