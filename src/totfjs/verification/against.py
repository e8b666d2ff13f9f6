"""The source that a web model is held against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.errors import UsageError
from totfjs.sources.resolve import is_web_model, open_source
from totfjs.sources.source import Source
from totfjs.sources.tensorflow import is_tensorflow_file
from totfjs.sources.tfjs import WebModel


def source_for(model: Source, against: Any, inputs: Mapping[str, Any] | None, weights: Any) -> Source:
    """The source of a web model, opened as the web model says that it was."""
    if isinstance(against, str | Path) and is_web_model(Path(against)):
        source = open_source(against, inputs=inputs, weights=weights)
    elif isinstance(model, WebModel):
        kept = {name: model.description[name] for name in _asked(against) if name in model.description}
        source = open_source(against, inputs=inputs or model.arguments, weights=weights, **kept)
    else:
        source = open_source(against, inputs=inputs, weights=weights)
    renamed = not isinstance(model, WebModel) and len(source.inputs) == len(model.inputs)
    if list(source.inputs) != list(model.inputs) and not renamed:
        raise UsageError(
            f"The source has the inputs {', '.join(source.inputs)}, the web model {', '.join(model.inputs)}.",
            remedy="Give the inputs by the web model's names.",
        )
    return source


def _asked(against: Any) -> tuple[str, ...]:
    """What the web model keeps of what the user asked of its source."""
    is_file = isinstance(against, str | Path) and is_tensorflow_file(against)
    return ("outputs", "signature", "tags") if is_file else ("outputs",)
