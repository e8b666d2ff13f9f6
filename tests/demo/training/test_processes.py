"""Which of how many processes this one is: by flags, by the environment, or alone. Trainings are in test_devices."""

from __future__ import annotations

import socket

import pytest

from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.training.processes import Processes, joined, leads, processes

ENVIRONMENT = {"JAX_COORDINATOR_ADDRESS": "10.0.0.1:99", "JAX_NUM_PROCESSES": "3", "JAX_PROCESS_ID": "2"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_trains_alone_when_nothing_is_said() -> None:
    assert processes(environment={}) is None
    assert leads(None)
    with joined(None):
        pass


def test_flags_go_before_the_environment() -> None:
    assert processes(environment=ENVIRONMENT) == Processes("10.0.0.1:99", 3, 2)
    assert processes("127.0.0.1:5", 2, 0, environment=ENVIRONMENT) == Processes("127.0.0.1:5", 2, 0)


def test_the_first_leads() -> None:
    assert [leads(Processes("127.0.0.1:5", 2, index)) for index in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((None, 2, 0), "Several processes need --coordinator (or JAX_COORDINATOR_ADDRESS) too."),
        (
            ("127.0.0.1:5", None, None),
            "Several processes need --num-processes (or JAX_NUM_PROCESSES), --process-id (or JAX_PROCESS_ID) too.",
        ),
        (("127.0.0.1", 2, 0), "--coordinator 127.0.0.1 is no address with a port."),
        (("127.0.0.1:5", 2, 2), "There is no process 2 of 2."),
    ],
)
def test_refuses_what_does_not_say_it_all(given: tuple[str | None, int | None, int | None], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        processes(*given, environment={})
    assert caught.value.message == message


def test_refuses_words_for_numbers() -> None:
    with pytest.raises(UsageError, match="are not whole numbers"):
        processes(environment={**ENVIRONMENT, "JAX_PROCESS_ID": "first"})


@pytest.mark.parametrize("index", [0, 1])
def test_says_when_the_others_do_not_come(index: int) -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(DemoError) as caught, joined(Processes(address, 2, index), patience=0.3):
        pass
    assert caught.value.message.startswith(f"Process {index} of 2 did not meet the others at {address}: ")


def test_says_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DemoError, match="did not meet"), joined(Processes(address, 2, 0), patience=0.3):
            pass
