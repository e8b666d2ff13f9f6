import shutil

import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from jax_to_tfjs_demo.checkpoints.params import load, load_params
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.checkpoints.states import same


def test_parameters_are_numpy_bit_for_bit(three):
    root, expected = three
    params, progress = load_params(root / "jax_mnist" / "2")
    assert same(params, expected[2].params)
    assert type(params["dense"]["kernel"]) is np.ndarray
    assert progress["accuracy"] == 0.9


def test_the_step_that_was_read_is_told(three):
    root, expected = three
    found = load(root / "jax_mnist", "best")
    assert (found.step, found.path) == (2, root / "jax_mnist" / "2")
    assert same(load(root / "jax_mnist").params, expected[3].params)


def test_damaged_parameters_are_noticed(three, tmp_path):
    root, _ = three
    shutil.copytree(root / "jax_mnist" / "1", tmp_path / "1")
    for file in (tmp_path / "1" / "model").rglob("*"):
        if file.is_file() and file.parent.name == "d":
            file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DemoError, match="is damaged: "):
        load_params(tmp_path / "1")


def test_a_checkpoint_of_another_make_is_refused(tmp_path):
    with ocp.CheckpointManager(tmp_path) as manager:
        manager.save(1, args=ocp.args.StandardSave({"w": jnp.ones(2)}))
    with pytest.raises(DemoError, match="has no parameters under model/: it has default"):
        load_params(tmp_path)
