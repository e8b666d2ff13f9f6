"""Thirty models with one fault each: bisect names the node and who is to blame, and verify never passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verification.bisect.backend_faults import FAULTS as OF_BACKENDS
from tests.verification.bisect.backend_faults import IN_A_BROWSER
from tests.verification.bisect.conversion_faults import FAULTS as OF_CONVERSION
from tests.verification.bisect.room import Fault, Room
from totfjs.runtime import Engine, open_engine
from totfjs.runtime.browsers.find import find_browsers
from totfjs.verification import verify
from totfjs.verification.bisect import bisect


@pytest.mark.parametrize("fault", (*OF_CONVERSION, *OF_BACKENDS), ids=str)
def test_the_node_is_named(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    check(fault, Room(tmp_path, monkeypatch), engine)


@pytest.mark.parametrize("fault", IN_A_BROWSER, ids=str)
def test_the_node_is_named_in_a_browser(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Engine
) -> None:
    check(fault, Room(tmp_path, monkeypatch), browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Engine]:
    """One browser for the rows that need it."""
    if not find_browsers():
        pytest.skip("no browser is installed")
    with open_engine() as opened:
        yield opened


def check(fault: Fault, room: Room, engine: Engine) -> None:
    """Bisect and verify on a faulty model."""
    faulty = fault.make(room)
    found = bisect(faulty.directory, faulty.against, engine=engine, backends=fault.run, **faulty.options)
    assert found.found is not None
    assert (found.blame, found.node) == (fault.blame, fault.node), str(found)
    assert found.found.backends == fault.backends, str(found)
    assert found.found.step == fault.step, str(found)
    assert len(found.findings) == 1, str(found)
    verified = verify(faulty.directory, faulty.against, engine=engine, backends=fault.run, **faulty.options)
    assert verified.passed is False
