"""A training by several processes, on one machine or on several, which compute each batch together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.training.meeting import come, gather

# What JAX itself reads where no flag is given, too.
VARIABLES = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")
FLAGS = ("--coordinator", "--num-processes", "--process-id")
_ADDRESS = re.compile(r".+:\d{1,5}")
PATIENCE = 120  # seconds that a process waits for the others to come


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this one is, and where the first one listens for the others."""

    coordinator: str
    count: int
    index: int

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.coordinator):
            raise UsageError(
                f"--coordinator {self.coordinator} is no address with a port.",
                remedy="Give where process 0 can be reached, such as 127.0.0.1:12345.",
            )
        if not 0 <= self.index < self.count:
            raise UsageError(
                f"There is no process {self.index} of {self.count}.",
                remedy=f"Number the {self.count} processes from 0 by --process-id.",
            )


def processes(
    coordinator: str | None = None,
    count: int | None = None,
    index: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Processes | None:
    """What flags say, or the environment where they do not; None when this process is to train alone."""
    given = [
        environment.get(variable) if value is None else value
        for variable, value in zip(VARIABLES, (coordinator, count, index), strict=True)
    ]
    missing = [
        f"{flag} (or {name})" for flag, name, value in zip(FLAGS, VARIABLES, given, strict=True) if value is None
    ]
    if len(missing) == len(given):
        return None
    if missing:
        raise UsageError(
            f"Several processes need {', '.join(missing)} too.",
            remedy="Give all three to each process: --coordinator 127.0.0.1:12345 --num-processes 2 --process-id 0.",
        )
    try:
        return Processes(str(given[0]), int(str(given[1])), int(str(given[2])))
    except ValueError as error:
        raise UsageError(
            f"{VARIABLES[1]} and {VARIABLES[2]} are not whole numbers.", remedy="Set them to numbers, or give flags."
        ) from error


@contextmanager
def joined(of: Processes | None, patience: float = PATIENCE) -> Iterator[None]:
    """Inside of it JAX knows the devices of all processes. To be entered before JAX computes anything."""
    if of is None:
        yield
        return
    import jax

    _meet(of, patience)
    # listens for no more than what was named
    jax.distributed.initialize(of.coordinator, of.count, of.index, coordinator_bind_address=of.coordinator)
    try:
        yield
    finally:
        jax.distributed.shutdown()


def _meet(of: Processes, patience: float) -> None:
    host, _, port = of.coordinator.rpartition(":")
    try:
        if of.index == 0:
            gather((host, int(port)), of.count, patience)
        else:
            come((host, int(port)), of.index, patience)
    except (OSError, OverflowError) as error:
        raise DemoError(
            f"Process {of.index} of {of.count} did not meet the others at {of.coordinator}: {error}.",
            remedy="Start all processes within two minutes of each other, with the same --coordinator and"
            " --num-processes; the port has to be free on the machine of process 0.",
        ) from error


def leads(of: Processes | None) -> bool:
    """Whether this process is the one that tells and writes."""
    return of is None or of.index == 0
