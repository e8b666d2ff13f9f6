"""What a web model keeps of its source's inputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from totfjs.errors import ModelFileError
from totfjs.graph.limits import read_known
from totfjs.sources.description import described, known_limits, packed, shown, unpacked

TREES = {
    "leaf": ("F[b,3]", "F[b,3]"),
    "dict": ({"a": "F[b]", "b": {}}, "{a: F[b], b: {}}"),
    "numbered": ({7: "F[b]", 3: ("F[2]",)}, "{7: F[b], 3: (F[2])}"),
    "both": (["F[1]", ("F[2]", ["F[3]"])], "[F[1], (F[2], [F[3]])]"),
}


@pytest.mark.parametrize("name", TREES)
def test_trees_come_back_as_they_were(name: str) -> None:
    tree, text = TREES[name]
    found = unpacked(json.loads(json.dumps(packed(tree, str))))
    assert found == tree
    assert list(found) == list(tree)
    assert shown(found) == text


def test_limits_come_back_as_they_were_and_only_once() -> None:
    limits = (*read_known("64 >= t + 1"), *read_known("mod(b, 2) == 0"))
    kept = described({}, (*limits, *limits), ["y"])
    assert kept == {"arguments": {}, "limits": ["64 >= t + 1", "mod(b, 2) >= 0", "0 >= mod(b, 2)"], "outputs": ["y"]}
    assert known_limits(kept["limits"]) == limits


@pytest.mark.parametrize("limits", [3, "t>=4", [3], ["t>="], ["t>=b!"]])
def test_limits_that_nobody_wrote_are_refused(limits: Any) -> None:
    with pytest.raises(ModelFileError, match="which totfjs has not written"):
        known_limits(limits)
