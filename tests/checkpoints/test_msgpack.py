import flax.serialization
import jax.numpy as jnp
import msgpack
import numpy as np
import optax
import pytest
from flax.training.train_state import TrainState

from totfjs.checkpoints import leaves, parameters, read_checkpoint
from totfjs.errors import CheckpointError
from totfjs.weights import FileSlice

PARAMS = {
    "params": {
        "Dense_0": {"kernel": jnp.arange(6.0).reshape(2, 3), "bias": jnp.zeros(3, jnp.bfloat16)},
        "empty": np.zeros((0, 3), np.float32),
    },
    "numbers": {
        "step": 7,
        "big": 2**40,
        "negative": -70000,
        "small": -3,
        "rate": 0.5,
        "on": True,
        "scalar": np.float16(1.5),
        "complex": 1 + 2j,
        "none": None,
        "text": "relu",
    },
}


def saved(path, tree):
    path.write_bytes(flax.serialization.to_bytes(tree))
    return path


def found(path):
    return {"/".join(keys): array for keys, array in leaves(read_checkpoint(path).tree)}


def test_what_flax_writes_is_read(tmp_path):
    arrays = found(saved(tmp_path / "m.msgpack", PARAMS))
    assert isinstance(arrays["params/Dense_0/kernel"], FileSlice)
    assert arrays["params/Dense_0/kernel"].numpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (arrays["params/Dense_0/bias"].dtype.name, arrays["params/empty"].shape) == ("bfloat16", (0, 3))
    for name in ("step", "big", "negative", "small", "rate", "on", "scalar", "complex"):
        assert arrays[f"numbers/{name}"].numpy() == PARAMS["numbers"][name]
    assert not {"numbers/none", "numbers/text"} & set(arrays)


def test_every_dtype_that_flax_writes_is_read(tmp_path):
    dtypes = [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
    ]
    tree = {dtype: np.arange(3).astype(dtype) for dtype in dtypes}
    for name, array in found(saved(tmp_path / "m.msgpack", tree)).items():
        assert array.dtype.name == name
        assert array.numpy().tolist() == tree[name].tolist()


def test_arrays_that_flax_cuts_into_chunks_are_joined(tmp_path, monkeypatch):
    monkeypatch.setattr(flax.serialization, "MAX_CHUNK_SIZE", 40)
    values = np.arange(120, dtype=np.float32).reshape(12, 10)
    path = saved(tmp_path / "m.msgpack", {"w": values})
    assert b"__msgpack_chunked_array__" in path.read_bytes()
    array = found(path)["w"]
    assert np.array_equal(array.numpy(), values)
    assert all(piece.nbytes <= 16 for piece in array.chunks(16))


def test_a_train_state_has_the_model_in_it(tmp_path):
    state = TrainState.create(apply_fn=lambda: None, params=PARAMS["params"]["Dense_0"], tx=optax.adam(1e-3))
    tree = read_checkpoint(saved(tmp_path / "m.msgpack", state)).tree
    assert {"step", "params", "opt_state"} <= set(tree)
    assert ["/".join(path) for path, _ in leaves(parameters(tree))] == ["params/kernel", "params/bias"]


def test_the_name_of_the_file_does_not_matter(tmp_path):
    assert set(found(saved(tmp_path / "checkpoint_100", {"w": np.zeros(2)}))) == {"w"}


def test_long_lists_and_strings_are_read(tmp_path):
    path = tmp_path / "m.msgpack"
    path.write_bytes(msgpack.packb({"l": list(range(70000)), "s": "x" * 70000, "m": {str(i): i for i in range(20)}}))
    assert len(found(path)) == 70020


@pytest.mark.parametrize("value", ["text", None])
def test_a_file_without_arrays_is_refused(tmp_path, value):
    (tmp_path / "m.msgpack").write_bytes(msgpack.packb(value))
    with pytest.raises(CheckpointError, match="holds no tree of arrays"):
        read_checkpoint(tmp_path / "m.msgpack")
