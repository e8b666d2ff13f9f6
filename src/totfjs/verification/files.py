"""The files in which users keep arrays: `.npz` by name, `.npy` for one, and the pair that guides save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.types import TensorType
from totfjs.verification.given import matched
from totfjs.weights.named_arrays import read_array, read_arrays

Arrays = Mapping[str, np.ndarray]
Types = Mapping[str, TensorType]
# A file of arrays, or the arrays: by name, or alone where one is needed.
Data = str | Path | Arrays | np.ndarray
# What the files of a directory of pairs are called, as guides to conversion save them.
_INPUT, _OUTPUT = "test_input", "expected_output"
_LABELS = "labels"


def arrays_of(data: Data) -> dict[str, np.ndarray]:
    """The arrays by name; a single one has no name that matters."""
    if isinstance(data, Mapping):
        return {str(name): np.asarray(array) for name, array in data.items()}
    if isinstance(data, str | Path):
        path = Path(data)
        return {path.stem: read_array(path)} if path.suffix == ".npy" else read_arrays(path)
    return {"0": np.asarray(data)}


def pairs_of(pairs: Data | Sequence[Data], inputs: Types, outputs: Types) -> tuple[Arrays, Arrays]:
    """Inputs and expected outputs by the model's names.

    They come by name in one file or mapping, or as inputs and outputs: two files, a directory with
    `test_input.npy` and `expected_output.npy`, or two arrays.
    """
    if isinstance(pairs, Sequence) and not isinstance(pairs, str) and len(pairs) == 1:
        pairs = pairs[0]
    apart = _apart(pairs)
    if apart is not None:
        given, expected = map(arrays_of, apart)
        return given, _outputs(outputs, expected)
    assert not isinstance(pairs, np.ndarray)
    arrays = arrays_of(pairs)  # type: ignore[arg-type]
    if set(inputs) <= set(arrays):
        rest = {name: array for name, array in arrays.items() if name not in inputs}
        return {name: arrays[name] for name in inputs}, _outputs(outputs, rest)
    names = [name for name in arrays if name.startswith(_INPUT)] or list(arrays)[: len(inputs)]
    given = {name: arrays[name] for name in names}
    return given, _outputs(outputs, {name: array for name, array in arrays.items() if name not in given})


def _apart(pairs: Data | Sequence[Data]) -> tuple[Data, Data] | None:
    """Inputs and outputs where they are given apart."""
    if isinstance(pairs, str | Path):
        return _in_directory(Path(pairs)) if Path(pairs).is_dir() else None
    if isinstance(pairs, Mapping):
        return None
    if isinstance(pairs, np.ndarray) or len(pairs) != 2:
        raise UsageError(
            "The pairs are not inputs and outputs.",
            remedy="Give an .npz file, or test_input.npy and expected_output.npy, in this order.",
        )
    return pairs[0], pairs[1]


def _in_directory(path: Path) -> tuple[Path, Path]:
    found = [next((file for end in ("npy", "npz") if (file := path / f"{stem}.{end}").is_file()), None)
             for stem in (_INPUT, _OUTPUT)]  # fmt: skip
    if found[0] is None or found[1] is None:
        raise UsageError(
            f"The directory {path} has no pair of {_INPUT}.npy and {_OUTPUT}.npy.",
            remedy="Save the inputs and the expected outputs there with numpy.save, or name their files.",
        )
    return found[0], found[1]


def _outputs(types: Types, arrays: Arrays) -> Arrays:
    """Expected outputs by the model's names; some of them are enough where they are named."""
    named = {name: array for name, array in arrays.items() if name in types}
    return named if named and len(named) == len(arrays) else matched(types, arrays, "outputs")


def labelled_of(data: Data | Sequence[Data]) -> tuple[Arrays, np.ndarray]:
    """Examples and their labels: one file or mapping with `labels` beside the inputs, or both apart."""
    if isinstance(data, Sequence) and not isinstance(data, str) and len(data) == 2:
        examples, labels = map(arrays_of, data)
        return examples, _only(labels)
    arrays = arrays_of(data)  # type: ignore[arg-type]
    if _LABELS not in arrays or len(arrays) < 2:
        raise UsageError(
            f"The labelled data hold {', '.join(arrays) or 'nothing'}: they need `{_LABELS}` and the inputs.",
            remedy="Save them with numpy.savez(file, image=images, labels=labels).",
        )
    return {name: array for name, array in arrays.items() if name != _LABELS}, arrays[_LABELS]


def _only(arrays: Arrays) -> np.ndarray:
    if len(arrays) != 1 and _LABELS not in arrays:
        raise UsageError(f"The labels hold {', '.join(arrays) or 'nothing'}.", remedy="Give an array of labels alone.")
    return arrays[_LABELS] if _LABELS in arrays else next(iter(arrays.values()))
