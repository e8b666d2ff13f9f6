from __future__ import annotations

from collections.abc import Callable

import pytest

import totfjs.errors
from jax_to_tfjs_demo.commands.outcome import outcome
from jax_to_tfjs_demo.errors import DemoError, UsageError
from totfjs.errors import CheckpointError


def raising(error: BaseException) -> Callable[[], int]:
    def call() -> int:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (DemoError("It is gone.", remedy="Make it anew."), 1, "error: It is gone.\n  fix: Make it anew.\n"),
        (UsageError("Too many.", remedy="Give one."), 2, "error: Too many.\n  fix: Give one.\n"),
        (CheckpointError("Torn.", remedy="Take another."), 1, "error: Torn.\n  fix: Take another.\n"),
        (totfjs.errors.UsageError("No.", remedy="Yes."), 2, "error: No.\n  fix: Yes.\n"),
        (KeyboardInterrupt(), 130, "\nStopped. All is kept.\n"),
        (KeyboardInterrupt("Epoch 3 is kept."), 130, "\nStopped. Epoch 3 is kept.\n"),
        (
            PermissionError(13, "Permission denied", "/root/x"), 1,
            "error: /root/x: Permission denied.\n  fix: Look at the path, its permissions, and the room on the disk.\n",
        ),
        (SystemExit(0), 0, ""),
    ],
)  # fmt: skip
def test_what_a_user_can_meet_becomes_a_status_and_two_lines(
    error: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(raising(error), stopped="All is kept.") == status
    assert capsys.readouterr().err == told


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        outcome(lambda: 1 // 0)


def test_a_status_is_passed_on() -> None:
    assert outcome(lambda: 3) == 3
