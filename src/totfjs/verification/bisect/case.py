"""A fault as a directory to hand on: a web model of one node, its inputs, what it should give, and how to run it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import OutputExistsError
from totfjs.targets.output import replacing
from totfjs.verification.bisect.alone import Alone, document_of
from totfjs.verification.bisect.record import Finding

README, INPUTS, EXPECTED, PAIRS = "README.txt", "inputs.npz", "expected.npz", "pairs.npz"
_FIRST = "One node of a web model that goes wrong, by itself.\n"


def write_case(directory: str | Path, case: Alone, expected: Mapping[str, Any], finding: Finding) -> Path:
    """Writes a case whole or not at all; one that was written before gives way."""
    final = Path(directory)
    _make_room(final)
    document, shard = document_of(case.graph)
    wanted = {name: np.asarray(array) for name, array in expected.items()}
    with replacing(final) as made:
        (made / "model.json").write_text(json.dumps(document), encoding="utf-8")
        for name in document["weightsManifest"][0]["paths"]:
            (made / name).write_bytes(shard)
        np.savez(made / INPUTS, **_plain(case.inputs))
        np.savez(made / EXPECTED, **_plain(wanted))
        np.savez(made / PAIRS, **_plain({**case.inputs, **wanted}))
        (made / README).write_text(_readme(final, finding), encoding="utf-8")
    return final


def _plain(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Arrays that need no pickle: texts as such."""
    return {name: array.astype(str) if array.dtype.kind == "O" else array for name, array in arrays.items()}


def _make_room(directory: Path) -> None:
    """Removes a case that was written here before, and nothing else."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    readme = directory / README
    if not (readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(_FIRST)):
        raise OutputExistsError(f"{directory} exists, and is no case of a bisection.", remedy="Name another directory.")
    shutil.rmtree(directory)


def _readme(directory: Path, finding: Finding) -> str:
    backends = ",".join(finding.backends) or "cpu,wasm"
    files = f"{INPUTS} holds what goes in, {EXPECTED} what should come out, and {PAIRS} both."
    command = f"  totfjs verify {directory.name} --pairs {directory.name}/{PAIRS} --backends {backends}"
    load = "It is a graph model: tf.loadGraphModel('model.json') of the published packages opens it."
    return "\n".join(
        [_FIRST, str(finding), "", files, load, "Beside this directory, this repeats the fault:", "", command, ""]
    )
