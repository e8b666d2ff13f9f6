import json

import pytest

from jax_to_tfjs_demo.checkpoints.examine import examine
from jax_to_tfjs_demo.errors import DemoError


def test_all_that_a_checkpoint_holds(three):
    root, _ = three
    found = examine(root / "jax_mnist", 2)
    assert (found.record.step, found.record.best) == (2, True)
    arrays = {array.name: array for array in found.model.arrays}
    kernel = arrays["dense/kernel"]
    assert (kernel.dtype, kernel.shape, kernel.numbers, kernel.bytes) == ("float32", (4, 8), 32, 128)
    assert kernel.sharding
    assert (found.model.numbers, found.model.bytes) == (40, 160)
    assert found.optimizer.numbers == 2 * 40 + 2
    assert found.optimizer.tree["opt_state"]["1"]["0"]["mu"]["dense"].keys() == {"kernel", "bias"}
    assert found.progress["accuracy"] == 0.9
    assert "model/manifest.ocdbt" in dict(found.files)
    assert found.metadata["item_handlers"].keys() >= {"model", "optimizer", "progress"}


def test_all_of_it_as_json(three):
    root, _ = three
    found = json.loads(json.dumps(examine(root / "jax_mnist" / "best").as_json()))
    assert found["items"]["model"]["numbers"] == 40
    assert found["items"]["model"]["arrays"][0]["shape"] == [8]
    assert (found["step"], found["progress"]["epoch"]) == (2, 2)


def test_what_is_not_there_is_told(three):
    root, _ = three
    with pytest.raises(DemoError, match=r"There is no checkpoint .+\n.+Name one of"):
        examine(root / "jax_mnist", 7)
