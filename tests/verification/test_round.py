from __future__ import annotations

import numpy as np
import pytest

from totfjs.errors import UsageError
from totfjs.verification.round import Arrays, Round, first_batch, in_batches


def turn(count: int, batch: int | None, fixed: bool = False) -> Round:
    return Round({}, {"x": np.arange(count), "scale": np.array(2)}, dict, batch=batch, fixed=fixed)


@pytest.mark.parametrize(("batch", "fixed", "sizes"), [(None, False, [5]), (2, False, [2, 2, 1]), (2, True, [2, 2, 2])])
def test_batches_together_give_what_all_give_at_once(batch: int | None, fixed: bool, sizes: list[int]) -> None:
    seen: list[int] = []

    def run(part: Arrays) -> Arrays:
        seen.append(len(part["x"]))
        return {"y": part["x"] * part["scale"]}

    reported: list[tuple[int, int]] = []
    found = in_batches(turn(5, batch, fixed), run, lambda done, of: reported.append((done, of)))
    assert found["y"].tolist() == [0, 2, 4, 6, 8]
    assert seen == sizes
    assert reported == ([(0, 5), (2, 5), (4, 5), (5, 5)] if batch else [])


def test_an_output_that_is_not_one_for_each_example_cannot_be_put_together() -> None:
    with pytest.raises(UsageError, match="The output mean is not one for each example"):
        in_batches(turn(4, 2), lambda part: {"mean": part["x"].mean()}, lambda done, of: None)


def test_the_first_batch_is_what_goes_in_first() -> None:
    assert first_batch(turn(5, 2))["x"].tolist() == [0, 1]
    assert first_batch(turn(1, 3, fixed=True))["x"].tolist() == [0, 0, 0]
    assert first_batch(turn(2, None))["x"].tolist() == [0, 1]
