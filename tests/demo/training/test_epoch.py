"""The parts of an epoch."""

from __future__ import annotations

import pytest

from jax_to_tfjs_demo.training.devices import all_devices
from jax_to_tfjs_demo.training.epoch import compiled, part_length
from jax_to_tfjs_demo.training.settings import Settings


@pytest.mark.parametrize(("steps", "length"), [(1875, 75), (937, 94), (468, 18), (467, 47), (6, 6), (1, 1), (40, 2)])
def test_parts_are_of_one_length_where_that_is_possible(steps: int, length: int) -> None:
    assert part_length(steps) == length


@pytest.mark.parametrize("images", [32 * 1875, 32 * 467 + 5, 32 * 3])
def test_parts_make_up_the_epoch(images: int) -> None:
    epochs = compiled(Settings(), all_devices(32), images)
    assert epochs.steps == images // 32
    parts = epochs.parts()
    assert [first for first, _ in parts] == [sum(length for _, length in parts[:i]) for i in range(len(parts))]
    assert sum(length for _, length in parts) == epochs.steps


def test_an_epoch_leaves_out_what_does_not_fill_a_batch_and_other_images_each_time() -> None:
    epochs = compiled(Settings(batch_size=16), all_devices(16), 100)
    left = [set(range(100)) - set(epochs.order(epoch).ravel().tolist()) for epoch in (1, 2)]
    assert [len(images) for images in left] == [4, 4]
    assert left[0] != left[1]
