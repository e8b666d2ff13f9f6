"""Processes meet: none goes on before all are there."""

from __future__ import annotations

import socket
import threading

import pytest

from jax_to_tfjs_demo.training.meeting import come, gather


def test_all_go_on_when_all_are_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = ("127.0.0.1", int(listening.getsockname()[1]))
    gone_on: list[int] = []

    def take_part(index: int) -> None:
        if index:
            come(address, index, 30)
        else:
            gather(address, 3, 30)
        gone_on.append(index)

    threads = [threading.Thread(target=take_part, args=(index,)) for index in (2, 0, 1)]
    for thread in threads[:2]:
        thread.start()
    threads[0].join(0.3)
    assert gone_on == []
    threads[2].start()
    for thread in threads:
        thread.join(30)
    assert sorted(gone_on) == [0, 1, 2]


def test_nobody_waits_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = ("127.0.0.1", int(listening.getsockname()[1]))
        with pytest.raises(TimeoutError):
            come(address, 1, 0.2)  # is let in, and never told that all are there
    with pytest.raises(TimeoutError):
        gather(address, 2, 0.2)
