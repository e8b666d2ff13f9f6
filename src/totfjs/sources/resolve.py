"""Tells what kind of source the user gave, and opens it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module, util
from pathlib import Path
from typing import Any

from totfjs.errors import SourceError, UnsupportedError, UsageError
from totfjs.sources import keras, stablehlo, tensorflow
from totfjs.sources.running import running
from totfjs.sources.source import Source
from totfjs.sources.tensorflow.hub import is_hub

# What `format` may say of a source.
FORMATS = ("frozen", "hub", "keras", "python", "saved_model", "stablehlo", "web")
# Those that have signatures.
_TENSORFLOW = ("frozen", "hub", "saved_model")
_OBJECT = re.compile(r"(?P<module>[^:]+):(?P<name>[A-Za-z_][\w.]*)")


def open_source(
    source: Any,
    *,
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    outputs: Any = None,
    signature: str | None = None,
    tags: Sequence[str] = ("serve",),
    format: str | None = None,  # noqa: A002
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Source:
    """The source behind a path, a `module:name`, or an object; `format` says what it is where that is not plain.

    `progress` is told how much of a module is downloaded and unpacked.
    """
    kind = format or format_of(source)
    if kind not in FORMATS:
        raise UsageError(f"There is no format {kind!r}.", remedy=f"Choose one of {', '.join(FORMATS)}.")
    if kind == "web":
        return _web_model(Path(source), inputs, weights, outputs)
    if kind == "hub":
        asked_of_hub = {"inputs": inputs, "outputs": outputs, "signature": signature, "tags": tags}
        return _hub_module(source, weights, **asked_of_hub, progress=progress)
    asked = signature is not None or tuple(tags) != ("serve",)
    if kind in ("saved_model", "frozen") or (asked and kind == "keras" and tensorflow.is_saved_model(source)):
        return _tensorflow_file(Path(source), weights, inputs=inputs, outputs=outputs, signature=signature, tags=tags)
    if asked:
        raise UsageError("Only SavedModels have signatures and tags.", remedy="Leave --signature and --tags out.")
    if kind == "keras":
        return _keras_file(Path(source), inputs, weights, outputs)
    if kind == "python" and isinstance(source, str | Path):
        source = named_object(str(source))
    if (live := keras.of_live(source, inputs, outputs, weights)) is not None:
        return live
    notes: tuple[str, ...] = ()
    if isinstance(weights, str | Path):
        from totfjs.checkpoints import parameters, read_checkpoint, training_only

        tree = read_checkpoint(weights).tree
        dropped, weights = training_only(tree), parameters(tree)
        notes = (f"Left out, as only training needs it: {', '.join(dropped)}.",) if dropped else ()
    if kind == "stablehlo" or stablehlo.is_artifact(source):
        return stablehlo.load(source, inputs=inputs, weights=weights, outputs=outputs)
    from totfjs.sources import jax

    return jax.load(source, inputs=inputs, weights=weights, outputs=outputs, notes=notes)


def format_of(source: Any) -> str:
    """What a source is, by its name and content."""
    if is_hub(source):
        return "hub"
    if isinstance(source, str | Path):
        path = Path(source)
        if is_web_model(path):
            return "web"
        if path.exists() and keras.is_keras_file(path):
            return "keras"
        if path.exists() and tensorflow.is_tensorflow_file(path):
            return "saved_model" if tensorflow.is_saved_model(path) else "frozen"
    return "stablehlo" if stablehlo.is_artifact(source) else "python"


def _web_model(path: Path, inputs: Any, weights: Any, outputs: Any) -> Source:
    from totfjs.sources.tfjs import read_web_model

    if inputs is not None or weights is not None:
        raise UsageError(
            f"{path} is a web model: it has its own inputs and weights.", remedy="Leave --input and --weights out."
        )
    if outputs is not None:
        raise UsageError(f"{path} is a web model: its outputs cannot be chosen.", remedy="Leave --outputs out.")
    return read_web_model(path)


def _keras_file(path: Path, inputs: Any, weights: Any, outputs: Any) -> Source:
    if weights is not None:
        raise UsageError(f"{path} is a Keras model: it has its own weights.", remedy="Leave --weights out.")
    try:
        return keras.load(path, inputs=inputs, outputs=outputs)
    except SourceError as error:
        if type(error) not in (SourceError, UnsupportedError) or not tensorflow.is_saved_model(path):
            raise
        found = tensorflow.load(path, inputs=inputs, outputs=outputs)
        note = f"Converted from the graph of its signature, since its layers cannot be: {' '.join(error.what.split())}"
        return replace(found, saved=replace(found.saved, notes=(*found.saved.notes, note)))


def _tensorflow_file(path: Path, weights: Any, **asked: Any) -> Source:
    if weights is not None:
        raise UsageError(f"{path} is a TensorFlow model: it has its own weights.", remedy="Leave --weights out.")
    return tensorflow.load(path, **asked)


def _hub_module(source: Any, weights: Any, **asked: Any) -> Source:
    from totfjs.sources.tensorflow.hub.source import load

    if weights is not None:
        raise UsageError(f"{source} is a module: it has its own weights.", remedy="Leave --weights out.")
    return load(source, **asked)


def is_checkpoint(source: Any) -> bool:
    """Whether a source is a path with weights and no model, as its name says."""
    return isinstance(source, str | Path) and Path(source).suffix in (".safetensors", ".npz", ".msgpack", ".pkl")


def is_web_model(path: Path) -> bool:
    """Whether a path is a `model.json` or a directory with one."""
    return (path.name == "model.json" and path.is_file()) or (path / "model.json").is_file()


def named_object(text: str) -> Any:
    """The object that `package.module:name` or `file.py:name` names: code which the user asks to run."""
    path = Path(text)
    match = _OBJECT.fullmatch(text)
    if path.exists() or match is None:
        raise _unreadable(text, path)
    module = _module(match["module"])
    found: Any = module
    for part in match["name"].split("."):
        if not hasattr(found, part):
            raise SourceError(f"{match['module']} has no {match['name']!r}.", remedy=_instead(module, match["name"]))
        found = getattr(found, part)
    return found


def _instead(module: Any, name: str) -> str:
    names = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    return f"Name one of {', '.join(get_close_matches(name, names) or names) or 'its objects'}."


def _module(name: str) -> Any:
    if name.endswith(".py"):
        return _module_of_file(Path(name))
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    with running(name):
        return import_module(name)


def _module_of_file(path: Path) -> Any:
    if not path.is_file():
        raise SourceError(f"There is no file {path}.", remedy="Check the path.")
    sys.path.insert(0, str(path.resolve().parent))
    spec = util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        with running(str(path)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _unreadable(text: str, path: Path) -> SourceError:
    if not path.exists():
        return SourceError(
            f"{text!r} is neither a path nor package.module:name.",
            remedy="Give a path that exists, or name an object, as in my_package.models:MnistCNN.",
        )
    if is_checkpoint(path):
        return SourceError(
            f"{text} holds weights, not a model.",
            remedy=f"Name the code of the model as the source, and add --weights {text}.",
        )
    return SourceError(
        f"{text!r} is not a model that totfjs knows.",
        remedy="Give a Keras file, a SavedModel, a web model, a frozen graph, or package.module:name for code.",
    )
