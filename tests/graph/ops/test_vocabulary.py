"""The vocabulary as a whole: complete, without doubles, and every op of it held against the runtime somewhere here."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from tests.graph.ops.harness import Case
from totfjs.graph.ops import FAMILIES, vocabulary

MODULES = [import_module(f"totfjs.graph.ops.{family}") for family in FAMILIES]
UNWIRED = {op: why for module in MODULES for op, why in getattr(module, "NOT_WIRED", {}).items()}
# Placeholders and constants are in every graph; frames are tested as whole loops in tests/graph/test_frames.py.
EVERYWHERE = {"Placeholder", "Const"}
FRAMES = {"Enter", "Exit", "LoopCond", "Merge", "NextIteration", "Switch"}
# Every op that the executor of TensorFlow.js 4.22 lists, and one that it implements without listing it.
LISTED = 248 + 1


def test_every_op_of_the_runtime_has_a_spec_or_a_reason() -> None:
    assert len(vocabulary()) + len(UNWIRED) == LISTED
    assert not vocabulary().keys() & UNWIRED.keys()
    assert all(UNWIRED.values())


def test_no_op_has_two_specs() -> None:
    counts = Counter(spec.name for module in MODULES for spec in module.OPS)
    assert [name for name, count in counts.items() if count > 1] == []


def test_each_op_is_held_against_the_runtime() -> None:
    """By a row in a table of cases, or by its name in a test of graphs of several ops."""
    tested: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tables = [
            value for value in vars(import_module(f"{__package__}.{path.stem}")).values() if isinstance(value, list)
        ]
        tested |= {row.op for table in tables for row in table if isinstance(row, Case)}
        tested |= set(re.findall(r'"(\w+)"', path.read_text(encoding="utf-8")))
    assert sorted(vocabulary().keys() - tested - EVERYWHERE - FRAMES) == []


@pytest.mark.parametrize("op", sorted(vocabulary()))
def test_each_spec_is_complete(op: str) -> None:
    spec = vocabulary()[op]
    names = [item.name for item in spec.inputs] + [attr.name for attr in spec.attrs]
    assert len(names) == len(set(names))
    assert sum(item.variadic for item in spec.inputs) <= 1
    assert all(limit.reason and limit.backends for limit in (*spec.limits, *spec.differences))
