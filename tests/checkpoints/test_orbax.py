import json
import logging
import warnings

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from flax.training.train_state import TrainState

from totfjs.checkpoints import leaves, parameters, read_checkpoint
from totfjs.errors import CheckpointError, MissingDependencyError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import orbax.checkpoint as ocp

pytestmark = pytest.mark.filterwarnings("ignore")  # those of Orbax, while it writes
logging.getLogger("absl").setLevel(logging.ERROR)

VARIABLES = {
    "params": {"Dense_0": {"kernel": jnp.arange(6.0).reshape(2, 3), "bias": jnp.arange(3).astype(jnp.bfloat16)}},
    "batch_stats": {"bn": {"mean": jnp.ones(2)}},
}


class Model(nnx.Module):
    def __init__(self, rngs):
        self.layers = nnx.List([nnx.Linear(2, 3, rngs=rngs), nnx.Linear(3, 3, rngs=rngs)])
        self.bn = nnx.BatchNorm(3, rngs=rngs)


def values(tree):
    return {"/".join(path): array.numpy().tolist() for path, array in leaves(tree)}


def standard(path, tree):
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(path, tree)
    return path


def zarr(path, tree):
    ocp.PyTreeCheckpointer(use_ocdbt=False).save(path, tree)
    return path


def zarr3(path, tree):
    ocp.Checkpointer(ocp.PyTreeCheckpointHandler(use_zarr3=True)).save(path, args=ocp.args.PyTreeSave(tree))
    return path


def managed(path, tree):
    with ocp.CheckpointManager(path) as manager:
        manager.save(2, args=ocp.args.StandardSave({"params": {"w": jnp.zeros(1)}}))
        manager.save(10, args=ocp.args.StandardSave(tree))
    return path


def composite(path, tree):
    with ocp.CheckpointManager(path, item_names=("state", "notes")) as manager:
        items = {"state": ocp.args.StandardSave(tree), "notes": ocp.args.JsonSave({"a": 1})}
        manager.save(10, args=ocp.args.Composite(**items))
    return path


@pytest.mark.parametrize("save", [standard, zarr, zarr3, managed, composite])
def test_every_layout_gives_the_same_tree(tmp_path, save):
    checkpoint = read_checkpoint(save(tmp_path / "ckpt", VARIABLES))
    assert checkpoint.format == "orbax"
    assert values(checkpoint.tree) == {
        "params/Dense_0/kernel": [[0, 1, 2], [3, 4, 5]],
        "params/Dense_0/bias": [0, 1, 2],
        "batch_stats/bn/mean": [1, 1],
    }
    assert checkpoint.tree["params"]["Dense_0"]["bias"].dtype.name == "bfloat16"


def test_the_latest_step_is_read_or_the_named_one(tmp_path):
    path = managed(tmp_path / "ckpt", VARIABLES)
    assert read_checkpoint(path).step == 10
    assert values(read_checkpoint(path, step=2).tree) == {"params/w": [0]}
    assert values(read_checkpoint(path / "2").tree) == {"params/w": [0]}
    with pytest.raises(CheckpointError, match="has no step 3: it has 2, 10"):
        read_checkpoint(path, step=3)
    with pytest.raises(CheckpointError, match="has no step 3: it is not a directory of steps"):
        read_checkpoint(path / "10", step=3)


def test_lists_are_lists_and_what_is_no_array_is_left_out(tmp_path):
    tree = {"a": [jnp.ones(2), {"x": np.float32(3)}], "t": (1, None, 2.5), "none": None, "s": "text", "e": {}}
    ocp.PyTreeCheckpointer().save(tmp_path / "ckpt", tree)
    found = read_checkpoint(tmp_path / "ckpt").tree
    assert set(found) == {"a", "t"}
    assert found["t"][1] is None
    assert values(found) == {"a/0": [1, 1], "a/1/x": 3, "t/0": 1, "t/2": 2.5}


def test_a_train_state_has_the_model_in_it(tmp_path):
    state = TrainState.create(apply_fn=lambda: None, params=VARIABLES["params"], tx=optax.adam(1e-3))
    tree = read_checkpoint(standard(tmp_path / "ckpt", state)).tree
    assert isinstance(tree["opt_state"], list)
    assert set(values(parameters(tree))) == {"params/Dense_0/kernel", "params/Dense_0/bias"}


def test_an_nnx_state_loses_its_value_leaves(tmp_path):
    state = nnx.state(Model(nnx.Rngs(0)))
    found = values(parameters(read_checkpoint(standard(tmp_path / "ckpt", state)).tree))
    assert found["layers/1/kernel"] == state["layers"][1]["kernel"][...].tolist()
    assert "bn/mean" in found


def test_arrays_are_read_by_pieces(tmp_path):
    large = jnp.arange(5000.0).reshape(50, 100)
    array = read_checkpoint(standard(tmp_path / "ckpt", {"w": large})).tree["w"]
    pieces = list(array.chunks(1000))
    assert all(piece.nbytes <= 1000 for piece in pieces)
    assert np.array_equal(np.concatenate(pieces), np.arange(5000.0))


def test_a_lost_chunk_is_noticed_and_not_read_as_zeros(tmp_path):
    path = zarr(tmp_path / "ckpt", VARIABLES)
    (path / "params.Dense_0.kernel" / "0.0").unlink()
    array = read_checkpoint(path).tree["params"]["Dense_0"]["kernel"]
    with pytest.raises(CheckpointError, match=r"params\.Dense_0\.kernel cannot be read"):
        array.numpy()


def test_a_lost_array_is_noticed(tmp_path):
    path = zarr(tmp_path / "ckpt", VARIABLES)
    (path / "params.Dense_0.kernel" / ".zarray").unlink()
    with pytest.raises(CheckpointError, match=r"params\.Dense_0\.kernel cannot be opened"):
        read_checkpoint(path)


def test_without_tensorstore_the_extra_is_named(tmp_path, monkeypatch):
    path = standard(tmp_path / "ckpt", VARIABLES)
    monkeypatch.setitem(__import__("sys").modules, "tensorstore", None)
    with pytest.raises(MissingDependencyError, match=r"totfjs\[checkpoints\]"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"tree_metadata":[]}',
        '{"tree_metadata":{"a":{}}}',
        '{"tree_metadata":{"a":{"key_metadata":[],"value_metadata":{"value_type":"jax.Array"}}}}',
        "[" * 100_000,
    ],
)
def test_metadata_that_is_none_is_refused(tmp_path, metadata):
    (tmp_path / "_METADATA").write_text(metadata)
    with pytest.raises(CheckpointError, match="is damaged: its _METADATA"):
        read_checkpoint(tmp_path)


def test_an_array_outside_the_checkpoint_is_refused(tmp_path):
    keys = [{"key": "../../secret", "key_type": 2}]
    leaf = {"key_metadata": keys, "value_metadata": {"value_type": "jax.Array"}}
    (tmp_path / "_METADATA").write_text(json.dumps({"tree_metadata": {"a": leaf}}))
    with pytest.raises(CheckpointError, match="lies outside it"):
        read_checkpoint(tmp_path)
