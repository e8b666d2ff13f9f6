"""Training by several processes: the flags that name one of them, and what they may not all do at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.dataset import Say

_T = TypeVar("_T")


def add_processes(parser: argparse.ArgumentParser) -> None:
    """`--coordinator`, `--num-processes` and `--process-id`."""
    group = parser.add_argument_group(
        "several processes",
        "which compute each batch together, on whatever machines:",
    )
    group.add_argument(
        "--coordinator", metavar="HOST:PORT", help="where process 0 listens (default: $JAX_COORDINATOR_ADDRESS)"
    )
    group.add_argument(
        "--num-processes", type=options.whole, metavar="N", help="how many they are (default: $JAX_NUM_PROCESSES)"
    )
    group.add_argument(
        "--process-id", type=options.from_zero, metavar="N", help="which this is, from 0 (default: $JAX_PROCESS_ID)"
    )


@contextmanager
def together(arguments: argparse.Namespace, say: Say) -> Iterator[Say]:
    """Inside of it JAX computes with all processes, if there are several; of these the first alone speaks."""
    from jax_to_tfjs_demo.training.processes import joined, leads, processes

    of = processes(arguments.coordinator, arguments.num_processes, arguments.process_id)
    with joined(of):
        yield say if leads(of) else _nothing


def leading() -> bool:
    """Whether this process is the one that prints and writes."""
    import jax

    return bool(jax.process_index() == 0)


def in_turn(call: Callable[[], _T]) -> _T:
    """What changes files is done by the first process, before the others look at them."""
    import jax
    from jax.experimental.multihost_utils import sync_global_devices

    if jax.process_count() == 1:
        return call()
    if not leading():
        sync_global_devices("the first process is done")
        return call()
    try:
        return call()
    finally:
        sync_global_devices("the first process is done")


def _nothing(line: str) -> None:
    """What the processes other than the first would say."""
