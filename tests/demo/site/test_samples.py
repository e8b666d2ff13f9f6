from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import numpy as np

from jax_to_tfjs_demo.site.samples import samples
from tests.demo.site import network


def test_they_are_the_first_two_of_each_digit_of_the_test_set() -> None:
    dataset = network.digits()
    made = samples(dataset)
    assert made["name"] == "digits"
    assert [image["label"] for image in made["images"]] == [*range(10), *range(10)]
    for turn in range(2):
        for digit in range(10):
            expected = dataset.test_images[np.flatnonzero(dataset.test_labels == digit)[turn]]
            found = np.frombuffer(b64decode(made["images"][10 * turn + digit]["pixels"]), np.uint8)
            np.testing.assert_array_equal(found.reshape(28, 28), expected)


def test_a_digit_that_is_rare_is_left_out() -> None:
    dataset = network.digits()
    few = replace(dataset, test_images=dataset.test_images[:3], test_labels=np.uint8([4, 4, 1]))
    assert [image["label"] for image in samples(few)["images"]] == [1, 4, 4]
