"""What tests of the demo share: few images, and one short training for all that needs checkpoints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.demo.workplace import Workplace, write_digits


@pytest.fixture(scope="session")
def few_digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of MNIST, which hold a few other digits."""
    return write_digits(tmp_path_factory.mktemp("data") / "mnist")


@pytest.fixture(scope="session")
def short_training(tmp_path_factory: pytest.TempPathFactory, few_digits: Path) -> Path:
    """A working directory with two epochs of jax_mnist."""
    directory = tmp_path_factory.mktemp("trained")
    assert Workplace(directory, few_digits).app("train", "jax", "--epochs", "2", "--batch-size", "16") == 0
    return directory


@pytest.fixture
def workplace(tmp_path: Path, few_digits: Path) -> Workplace:
    """An empty one."""
    return Workplace(tmp_path, few_digits)


@pytest.fixture
def trained(tmp_path: Path, short_training: Path, few_digits: Path) -> Workplace:
    """One of one's own, with the two epochs in it."""
    directory = tmp_path / "work"
    shutil.copytree(short_training, directory)
    return Workplace(directory, few_digits)
