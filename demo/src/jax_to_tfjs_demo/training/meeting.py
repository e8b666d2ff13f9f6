"""How processes find out that all are there, before JAX, which aborts a process that waits for others in vain."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

Address = tuple[str, int]


def gather(address: Address, count: int, patience: float) -> None:
    """Process 0 waits until all others have come. TimeoutError when they do not."""
    deadline = time.monotonic() + patience
    with ExitStack() as still_open:
        listening = still_open.enter_context(socket.create_server(address))
        come: set[bytes] = set()
        while len(come) < count - 1:
            listening.settimeout(_left(deadline))
            guest = still_open.enter_context(listening.accept()[0])
            guest.settimeout(_left(deadline))
            come.add(guest.recv(16))
        # that the connections end tells the others that all are there


def come(address: Address, index: int, patience: float) -> None:
    """Another process comes to process 0, and waits for all others. TimeoutError when it is not there."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with socket.create_connection(address, timeout=_left(deadline)) as host:
                host.sendall(str(index).encode())
                host.recv(1)
            return
        except ConnectionError:
            time.sleep(min(0.1, _left(deadline)))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("not all of them came in time")
    return left
