"""Several processes that train together, each started as a command."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.demo.workplace import Workplace, environment


def started(workplace: Workplace, port: int, index: int) -> subprocess.Popen[str]:
    words = ["train", "jax", "--epochs", "1", "--lr", "0.0005", "--coordinator", f"127.0.0.1:{port}"]
    return subprocess.Popen(
        [sys.executable, "-m", "jax_to_tfjs_demo.app", *words, "--num-processes", "2", "--process-id", str(index)],
        cwd=workplace.directory,
        env={**os.environ, **environment(workplace.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_make_way_for_their_training_once_and_the_first_alone_speaks(trained: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    processes = [started(trained, port, index) for index in range(2)]
    try:
        said = [process.communicate(timeout=240) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], said
    (first, _), (second, _) = said
    assert "they are now in checkpoints/jax_mnist.1, and training begins anew" in first
    assert "1 epoch, on 2 × cpu" in first
    assert "accuracy" not in second
    assert sorted(path.name for path in (trained.directory / "checkpoints").iterdir()) == ["jax_mnist", "jax_mnist.1"]
    assert (trained.directory / "checkpoints/jax_mnist/1/model").is_dir()


def test_what_is_said_of_one_process_has_to_be_whole(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    assert workplace.app("train", "jax", "--num-processes", "2") == 2
    assert "Several processes need --coordinator" in capsys.readouterr().err
