import numpy as np
import pytest
from sklearn.datasets import load_digits

from jax_to_tfjs_demo.data import digits
from jax_to_tfjs_demo.data.dataset import Dataset


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return digits.read()


def images(dataset: Dataset) -> np.ndarray:
    return np.concatenate([dataset.train_images, dataset.test_images])


def test_the_split_is_fixed_and_loses_nothing(dataset: Dataset) -> None:
    assert dataset.train_images.shape == (1500, 28, 28)
    assert dataset.test_images.shape == (297, 28, 28)
    assert dataset.train_images.dtype == dataset.train_labels.dtype == np.uint8
    assert np.bincount(dataset.train_labels).tolist() == [150] * 10
    _, labels = load_digits(return_X_y=True)
    whole = np.concatenate([dataset.train_labels, dataset.test_labels])
    assert np.bincount(whole).tolist() == np.bincount(labels).tolist()
    np.testing.assert_array_equal(digits.read().train_images, dataset.train_images)


def test_the_note_says_that_they_are_not_mnist(dataset: Dataset) -> None:
    assert dataset.name == "digits"
    assert dataset.note is not None
    assert "stand in for MNIST" in dataset.note
    assert "not MNIST's" in dataset.note


def test_the_ink_lies_in_a_box_of_20_around_its_centre_of_mass(dataset: Dataset) -> None:
    for image in images(dataset):
        mass = image.astype(float)
        for axis in (0, 1):
            inked = np.flatnonzero(image.any(axis=axis))
            assert inked[-1] - inked[0] < 20
            centre = (mass.sum(axis=axis) * np.arange(28)).sum() / mass.sum()
            assert abs(centre - 13.5) <= 0.51


def test_strokes_are_nearly_white_as_those_of_mnist(dataset: Dataset) -> None:
    pixels = images(dataset) / 255
    assert pixels.reshape(len(pixels), -1).max(axis=1).min() > 0.9
    # MNIST has 13 % of ink, 9 % of white pixels and 9 % of grey ones
    assert 0.11 < pixels.mean() < 0.16
    assert 0.07 < (pixels > 0.9).mean() < 0.11
    assert 0.06 < ((pixels > 0.1) & (pixels < 0.9)).mean() < 0.11


def test_a_picture_keeps_its_proportions_and_its_sides() -> None:
    corner = np.zeros((8, 8))
    corner[0:2, 4:8] = 1
    image = digits.as_mnist(corner)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (len(rows), len(columns)) == (10, 20)
