"""Checkpoints that were never finished are refused; how arrays lay on devices is told."""

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.errors import CheckpointError

ON_EIGHT_DEVICES = """
import sys
import jax, numpy as np, orbax.checkpoint as ocp
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
assert jax.device_count() == 8
mesh = Mesh(np.array(jax.devices()).reshape(4, 2), ("data", "model"))
random = np.random.default_rng(0)
tree = {"params": {"a": random.normal(size=(64, 32)).astype("f4"), "b": np.arange(32, dtype="f4"), "c": np.float32(3)}}
specs = {"params": {"a": P("data", "model"), "b": P(("data", "model")), "c": P()}}
placed = jax.tree.map(lambda x, spec: jax.device_put(x, NamedSharding(mesh, spec)), tree, specs)
for name, options in {"ocdbt": {}, "zarr": {"use_ocdbt": False}, "zarr3": {"use_zarr3": True}}.items():
    ocp.Checkpointer(ocp.PyTreeCheckpointHandler(**options)).save(f"{sys.argv[1]}/{name}", placed)
np.savez(f"{sys.argv[1]}/expected.npz", **tree["params"])
"""


@pytest.fixture(scope="module")
def sharded(tmp_path_factory):
    """Checkpoints written by a process with eight devices."""
    folder = tmp_path_factory.mktemp("sharded")
    environment = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    subprocess.run(
        [sys.executable, "-c", ON_EIGHT_DEVICES, str(folder)],
        env=os.environ | environment, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("layout", ["ocdbt", "zarr", "zarr3"])
def test_what_eight_devices_wrote_one_reads(sharded, layout):
    found = read_checkpoint(sharded / layout)
    expected = np.load(sharded / "expected.npz")
    values = {path[-1]: array for path, array in leaves(found.tree)}
    assert values.keys() == set(expected)
    assert all(np.array_equal(array.numpy(), expected[name]) for name, array in values.items())
    assert found.shardings == {
        "params/a": "data,model on 4x2 devices",
        "params/b": "data+model on 4x2 devices",
        "params/c": "whole on 4x2 devices",
    }


def test_where_the_arrays_of_each_item_lay(tmp_path):
    with ocp.CheckpointManager(tmp_path) as manager:
        trees = {"model": {"w": {"a": jnp.ones(2)}}, "optimizer": {"w": {"a": jnp.ones(3)}, "host": np.ones(1)}}
        manager.save(1, args=ocp.args.Composite(**{name: ocp.args.StandardSave(tree) for name, tree in trees.items()}))
    found = read_checkpoint(tmp_path / "1").shardings
    assert found.keys() == {"model/w/a", "optimizer/w/a"}
    assert set(found.values()) == {f"{jax.devices()[0].platform}:0"}


def test_a_missing_shard_is_noticed(sharded):
    (sharded / "zarr" / "params.a" / "2.1").rename(sharded / "lost")
    try:
        with pytest.raises(CheckpointError, match=r"params\.a cannot be read"):
            read_checkpoint(sharded / "zarr").tree["params"]["a"].numpy()
    finally:
        (sharded / "lost").rename(sharded / "zarr" / "params.a" / "2.1")


def saved(path):
    with ocp.StandardCheckpointer() as writer:
        writer.save(path, {"w": jnp.ones(2)})
    return path


def test_a_directory_that_is_being_written_is_refused(tmp_path):
    path = saved(tmp_path / "ckpt").rename(tmp_path / "ckpt.orbax-checkpoint-tmp-123")
    with pytest.raises(CheckpointError, match=r"was never finished: writing it was interrupted"):
        read_checkpoint(path)


def test_a_directory_without_its_last_note_is_refused(tmp_path):
    path = saved(tmp_path / "ckpt")
    record = json.loads((path / "_CHECKPOINT_METADATA").read_text())
    (path / "_CHECKPOINT_METADATA").write_text(json.dumps(record | {"commit_timestamp_nsecs": None}))
    (path / "commit_success.txt").unlink(missing_ok=True)
    with pytest.raises(CheckpointError, match="was never finished"):
        read_checkpoint(path)


def test_records_that_are_damaged_or_missing_say_nothing(tmp_path):
    path = saved(tmp_path / "ckpt")
    for content in (b"", b"[]", b"{", b'{"x": 1}', b'{"eA==": "{}"}'):
        (path / "_sharding").write_bytes(content)
        (path / "_CHECKPOINT_METADATA").write_bytes(content)
        found = read_checkpoint(path)
        assert (found.written, dict(found.shardings)) == ("", {})
        assert found.tree["w"].numpy().tolist() == [1, 1]


def test_only_unfinished_steps(tmp_path):
    (tmp_path / "run" / "1.orbax-checkpoint-tmp-5").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"never finished: 1\.orbax-checkpoint-tmp-5"):
        read_checkpoint(tmp_path / "run")
