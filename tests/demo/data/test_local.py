import gzip
from pathlib import Path

import numpy as np
import pytest

from jax_to_tfjs_demo.data import catalogue, local
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.data.small import PLAIN, TEST_LABELS, TRAIN_IMAGES, idx_bytes


def folder(at: Path, style: str = "{part}-idx{rank}-ubyte.gz", **spoiled: bytes) -> Path:
    """The small data set as somebody has it lying about."""
    at.mkdir(exist_ok=True)
    for file in catalogue.MNIST.files:
        content = spoiled.get(file.part.replace("-", "_"), PLAIN[file.plain_name])
        name = style.format(part=file.part, rank=len(file.dims))
        (at / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return at


@pytest.mark.parametrize(
    "style",
    ["{part}-idx{rank}-ubyte.gz", "{part}-idx{rank}-ubyte", "{part}.idx{rank}-ubyte", "{part}.idx{rank}-ubyte.gz"],
)
def test_files_are_found_by_every_name_they_go_by(tmp_path: Path, style: str) -> None:
    dataset = local.read(catalogue.MNIST, folder(tmp_path, style))
    np.testing.assert_array_equal(dataset.train_images, TRAIN_IMAGES)
    np.testing.assert_array_equal(dataset.test_labels, TEST_LABELS)


def test_files_of_ones_own_are_taken_and_told_of(tmp_path: Path) -> None:
    note = local.read(catalogue.MNIST, folder(tmp_path)).note
    assert note is not None
    assert note.startswith("train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,")
    assert note.endswith(f"in {tmp_path} are not the published files of MNIST; used as they are.")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DemoError) as refused:
        local.read(catalogue.FASHION, tmp_path / "nowhere")
    assert refused.value.message == f"There is no folder {tmp_path / 'nowhere'}."
    assert refused.value.remedy.startswith("Name the folder that holds train-images-idx3-ubyte, train-labels-idx1-")
    assert refused.value.remedy.endswith("each plain or with .gz, by --data-dir or FASHION_MNIST_DIR.")


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DemoError, match=r"lacks t10k-labels-idx1-ubyte\."):
        local.read(catalogue.MNIST, tmp_path)


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ({"train_images": idx_bytes(TRAIN_IMAGES[:, :8, :8])}, "holds an array of 40 × 8 × 8, where n × 28 × 28 is"),
        ({"t10k_labels": idx_bytes(TRAIN_IMAGES)}, "holds an array of 40 × 28 × 28, where n is wanted"),
        ({"t10k_images": idx_bytes(TRAIN_IMAGES[:0])}, "holds an array of 0 × 28 × 28, where n × 28 × 28 is wanted"),
        ({"train_images": idx_bytes(TRAIN_IMAGES[:39])}, "has 39 images and 40 labels for training: they must match."),
        ({"t10k_images": idx_bytes(TRAIN_IMAGES)}, "has 40 images and 12 labels for scoring: they must match."),
        ({"t10k_labels": idx_bytes(TEST_LABELS + 10)}, f"has the label {TEST_LABELS.max() + 10}, where 0 to 9 are"),
        ({"train_labels": PLAIN["train-labels-idx1-ubyte"][:-1]}, "ends in the middle: 47 of 48 bytes are there."),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, spoiled: dict[str, bytes], said: str) -> None:
    with pytest.raises(DemoError) as refused:
        local.read(catalogue.MNIST, folder(tmp_path, **spoiled))
    assert said in refused.value.message
    assert str(tmp_path) in refused.value.message
