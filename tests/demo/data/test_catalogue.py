import re

import pytest

from jax_to_tfjs_demo.data import NAMES, catalogue
from jax_to_tfjs_demo.errors import DemoError


def test_every_data_set_is_found_by_its_name() -> None:
    assert NAMES == ("mnist", "fashion", "digits")
    assert [catalogue.find(name).title for name in NAMES[:2]] == ["MNIST", "Fashion-MNIST"]


def test_another_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(DemoError) as refused:
        catalogue.find("cifar")
    assert str(refused.value) == "There is no data set called 'cifar'.\n  fix: Take one of mnist, fashion, digits."


def test_files_are_called_as_mirrors_and_people_call_them() -> None:
    assert catalogue.MNIST.train_images.names == (
        "train-images-idx3-ubyte.gz",
        "train-images-idx3-ubyte",
        "train-images.idx3-ubyte.gz",
        "train-images.idx3-ubyte",
    )
    assert catalogue.MNIST.test_labels.name == "t10k-labels-idx1-ubyte.gz"


@pytest.mark.parametrize("entry", catalogue.ENTRIES)
def test_every_file_has_a_checksum_of_its_own_and_every_class_a_name(entry: catalogue.Entry) -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in entry.files)
    assert len({file.sha256 for file in entry.files}) == 4
    assert len(set(entry.classes)) == 10


@pytest.mark.parametrize("entry", catalogue.ENTRIES)
def test_the_users_own_mirror_comes_first(entry: catalogue.Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entry.mirrors_in_order() == entry.mirrors
    monkeypatch.setenv(f"{entry.variable}_MIRROR", "https://mirror.example/")
    assert entry.mirrors_in_order() == ("https://mirror.example/", *entry.mirrors)
