"""One training on one device, on four, and by two processes: the same loss curve."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.training import metrics

ROOT = Path(__file__).parents[3]
STEPS = 12  # of an epoch, each of which is told


def started(directory: Path, epochs: int = 2, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", **variables}
    words = [sys.executable, "-m", "tests.demo.training.alone", str(directory), str(epochs)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def told_by(process: subprocess.Popen[str]) -> Any:
    try:
        told, errors = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return json.loads(told.splitlines()[-1])


def two_processes(directory: Path, epochs: int) -> list[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    variables = {"JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}", "JAX_NUM_PROCESSES": "2"}
    both = [started(directory, epochs, **variables, JAX_PROCESS_ID=str(index)) for index in range(2)]
    try:
        return [told_by(process) for process in both]
    finally:
        for process in both:
            process.kill()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return told_by(started(tmp_path_factory.mktemp("alone")))


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    directory = tmp_path_factory.mktemp("two")
    return directory, two_processes(directory, epochs=1)


def assert_same_curve(found: Any, losses: list[float], scores: list[float]) -> None:
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-4)
    np.testing.assert_allclose(found["scores"], scores, rtol=1e-4)


def test_four_devices_learn_as_one_does(alone: Any, tmp_path: Path) -> None:
    found = told_by(started(tmp_path, 1, XLA_FLAGS="--xla_force_host_platform_device_count=4"))
    assert (alone["devices"], found["devices"]) == ("1 × cpu", "4 × cpu")
    assert_same_curve(found, alone["losses"][:STEPS], alone["scores"][:1])


def test_two_processes_learn_as_one_does_and_the_first_alone_tells(alone: Any, by_two: tuple[Path, list[Any]]) -> None:
    directory, (first, second) = by_two
    assert first["devices"] == "2 × cpu"
    assert_same_curve(first, alone["losses"][:STEPS], alone["scores"][:1])
    assert second == {"losses": [], "scores": [], "devices": ""}
    assert list(disk.steps(directory)) == [1]
    assert [score.epoch for score in metrics.read(directory)] == [1]


def test_what_two_processes_began_one_goes_on_with(alone: Any, by_two: tuple[Path, list[Any]], tmp_path: Path) -> None:
    shutil.copytree(by_two[0], tmp_path / "copy")
    assert_same_curve(told_by(started(tmp_path / "copy")), alone["losses"][STEPS:], alone["scores"][1:])


def test_a_batch_has_to_divide_among_the_devices() -> None:
    code = (
        "from jax_to_tfjs_demo.training.devices import all_devices; from jax_to_tfjs_demo.errors import DemoError\n"
        "try: all_devices(30)\n"
        "except DemoError as error: print(error)"
    )
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    words = [sys.executable, "-c", code]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "Batches of 30 images do not divide among 4 devices.",
        "  fix: Type --batch-size 32.",
    ]
