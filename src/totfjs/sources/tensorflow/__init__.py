"""SavedModels, frozen graphs and Hub modules → Graph, without TensorFlow.

```
reading/      files → Saved: a Program, its signatures, its variables; hostile files are refused here
program.py    graphs and functions in one form, whatever file they came from
lower.py      a signature → Graph: what is fed and given out; lowering.py walks the nodes that the outputs need,
              known.py computes what is known, ops/ lower the rest, checks.py refuses what no rule may see
flow/         loops, branches and lists of tensors, which need more than one node at a time
ops/          a file per family with its table OPS: name → rule
source.py     the Source that convert and verify use
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.source import TensorFlowModel

__all__ = ["is_saved_model", "is_tensorflow_file", "load"]

_SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")
_FROZEN = (".pb", ".pbtxt", ".meta")
_BUNDLE = "export.meta"


def is_saved_model(path: str | Path) -> bool:
    """Whether a path is the directory of a SavedModel, or the file in it that gives it its name."""
    path = Path(path)
    return any((path / name).is_file() for name in _SAVED_MODEL) or (path.name in _SAVED_MODEL and path.is_file())


def is_tensorflow_file(path: str | Path) -> bool:
    """Whether a path looks like something that TensorFlow wrote: by its suffix, or as a directory."""
    path = Path(path)
    if is_saved_model(path) or (path / _BUNDLE).is_file():
        return True
    return path.suffix.lower() in _FROZEN and path.is_file()


def load(
    path: str | Path,
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: Sequence[str] | None = None,
    signature: str | None = None,
    tags: Sequence[str] = ("serve",),
) -> TensorFlowModel:
    """A signature of a SavedModel, or a frozen graph; `outputs` are those of the signature, or nodes of the graph."""
    from totfjs.sources.tensorflow.choosing import chosen
    from totfjs.sources.tensorflow.reading import read_saved
    from totfjs.sources.tensorflow.source import TensorFlowModel

    saved = read_saved(Path(path), tags, outputs)
    return TensorFlowModel(*chosen(saved, signature, outputs), inputs)
