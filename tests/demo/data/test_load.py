"""The whole of `load`, and what it does when one of its sources fails."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jax_to_tfjs_demo import data
from jax_to_tfjs_demo.data import cache, catalogue, fetched
from jax_to_tfjs_demo.data.download import UnavailableError
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.data.mirror import Mirror
from tests.demo.data.small import ENTRY, PACKED, TEST_LABELS, TRAIN_IMAGES
from tests.demo.data.test_download import closed_port
from tests.demo.data.test_local import folder


def real_mnist() -> Path:
    """The real files, where a machine has them beside the repository."""
    for above in Path(__file__).resolve().parents:
        if (above / "shared" / "mnist").is_dir():
            return above / "shared" / "mnist"
    pytest.skip("the real files of MNIST are not beside the repository")


def small(mirror: Mirror, log: Callable[[str], None] = print) -> data.Dataset:
    return fetched.read(ENTRY, [mirror.url], log, lambda _: None)


def test_what_is_fetched_once_needs_no_network_again(mirror: Mirror) -> None:
    for _ in range(2):
        dataset = small(mirror)
        np.testing.assert_array_equal(dataset.train_images, TRAIN_IMAGES)
        np.testing.assert_array_equal(dataset.test_labels, TEST_LABELS)
    assert len(mirror.requests) == 4


def test_a_damaged_file_of_the_cache_is_fetched_anew_and_said_so(mirror: Mirror) -> None:
    small(mirror)
    path = cache.path_of(ENTRY, ENTRY.train_images)
    path.write_bytes(path.read_bytes()[:-100])
    said: list[str] = []
    np.testing.assert_array_equal(small(mirror, said.append).train_images, TRAIN_IMAGES)
    assert said == [f"{path} is damaged, and is fetched anew."]
    assert path.read_bytes() == PACKED[path.name]


def test_the_mirror_that_had_one_file_is_asked_first_for_the_next(mirror: Mirror, other: Mirror) -> None:
    mirror.status = 404
    fetched.read(ENTRY, [mirror.url, other.url], print, lambda _: None)
    assert (len(mirror.requests), len(other.requests)) == (1, 4)


def test_two_loads_at_once_both_have_the_data(mirror: Mirror) -> None:
    results: list[data.Dataset] = []
    threads = [threading.Thread(target=lambda: results.append(small(mirror))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result.train_images, TRAIN_IMAGES)


def test_a_cache_that_cannot_be_written_is_said_with_a_remedy(mirror: Mirror, cache_home: Path) -> None:
    cache_home.write_text("a file where a folder should be")
    with pytest.raises(DemoError) as refused:
        small(mirror)
    assert refused.value.message.startswith(f"The small one cannot be kept in {cache_home / 'small'}: ")
    assert "MNIST_CACHE_DIR" in refused.value.remedy


def test_offline_and_uncached_the_digits_stand_in_and_it_is_said() -> None:
    said: list[str] = []
    dataset = data.load(log=said.append, mirrors=[closed_port()])
    assert dataset.name == "digits"
    assert "cannot be reached (" in said[0]
    assert said[1:] == [
        "MNIST is not here: train-images-idx3-ubyte.gz could not be had from any mirror.",
        dataset.note,
    ]


def test_nothing_stands_in_for_fashion() -> None:
    with pytest.raises(UnavailableError, match="could not be had from any mirror") as error:
        data.load("fashion", log=print, mirrors=[closed_port()])
    assert "--data-dir" in error.value.remedy


def test_digits_are_had_by_name_and_from_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_DIR", str(tmp_path))
    said: list[str] = []
    dataset = data.load("digits", log=said.append)
    assert dataset.name == "digits"
    assert said == [dataset.note]
    with pytest.raises(DemoError, match="come from no folder"):
        data.load("digits", tmp_path, log=print)


def test_the_folder_of_the_environment_is_of_its_own_data_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_DIR", str(folder(tmp_path)))
    assert len(data.load(log=print).train_images) == 40
    with pytest.raises(UnavailableError):
        data.load("fashion", log=print, mirrors=[closed_port()])
    with pytest.raises(DemoError, match="There is no folder"):
        data.load("mnist", tmp_path / "nowhere", log=print)


def test_the_real_mnist_comes_from_its_folder_and_from_a_mirror(mirror: Mirror) -> None:
    real = real_mnist()
    said: list[str] = []
    dataset = data.load("mnist", real, log=said.append)
    assert dataset.train_images.shape == (60_000, 28, 28)
    assert dataset.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert not said
    mirror.files = {path.name: path.read_bytes() for path in real.iterdir()}
    steps: list[data.Received] = []
    again = data.load(log=said.append, progress=steps.append, mirrors=[mirror.url])
    np.testing.assert_array_equal(again.train_images, dataset.train_images)
    assert not said
    assert {step.file for step in steps if step.fraction == 1} == {file.name for file in catalogue.MNIST.files}


def test_files_of_another_data_set_are_recognised() -> None:
    with pytest.raises(DemoError) as refused:
        data.load("fashion", real_mnist(), log=print)
    assert "is train-images-idx3-ubyte of MNIST, not" in refused.value.message
    assert "--data mnist" in refused.value.remedy
