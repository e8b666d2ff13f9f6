"""Pickles of arrays are read without being run."""

import collections
import fractions
import pickle

import flax.core
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.errors import CheckpointError, UnsafeCheckpointError

LARGE = np.arange(5000, dtype=">i4").reshape(50, 100)
TREE = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": {"c": np.asfortranarray(np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)), "d": jnp.arange(3.0)},
    "e": [np.float32(3), np.zeros((0, 3)), None, (1, 2.5, True)],
    "f": flax.core.freeze({"x": LARGE, "same": LARGE}),
    "o": collections.OrderedDict(z=np.ones((), np.float16), f=np.asfortranarray(LARGE)),
}
EXPECTED = {
    "a": TREE["a"],
    "b/c": TREE["b"]["c"],
    "b/d": np.arange(3, dtype=np.float32),
    "e/0": np.float32(3),
    "e/1": np.zeros((0, 3)),
    "e/3/0": 1,
    "e/3/1": 2.5,
    "e/3/2": True,
    "f/x": LARGE,
    "f/same": LARGE,
    "o/z": TREE["o"]["z"],
    "o/f": LARGE,
}


def saved(path, tree, protocol=5):
    path.write_bytes(pickle.dumps(tree, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_and_containers_are_read(tmp_path, protocol):
    found = read_checkpoint(saved(tmp_path / "m.pkl", TREE, protocol))
    assert found.format == "pickle"
    values = {"/".join(path): array for path, array in leaves(found.tree)}
    assert values.keys() == EXPECTED.keys()
    for name, expected in EXPECTED.items():
        assert values[name].dtype == np.asarray(expected).dtype.newbyteorder("="), name
        assert np.array_equal(values[name].numpy(), expected), name


def test_large_arrays_stay_in_the_file(tmp_path):
    array = read_checkpoint(saved(tmp_path / "m.pkl", {"w": LARGE})).tree["w"]
    assert "offset=" in repr(array)


class Bomb:
    def __init__(self, *made):
        self.made = made

    def __reduce__(self):
        return self.made


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Bomb(print, ("executed",)), "builtins.print"),
        (Bomb(eval, ("print('executed')",)), "builtins.eval"),
        (Bomb(np.load, ("other.npy",)), "numpy.load"),
        ({"x": fractions.Fraction(1, 2)}, "fractions.Fraction"),
        (np.array([None, 1]), "values of dtype object"),
        (np.zeros(2, [("a", "f4")]), r"values of dtype \|V4"),
        (np.array(["text"]), "values of dtype"),
        ({"x": {1, 2}}, "the opcode 0x8f"),
        ({(1, 2): 3}, "a key of type tuple"),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path, capsys, value, name):
    with pytest.raises(UnsafeCheckpointError, match=f"is a pickle that holds {name}"):
        read_checkpoint(saved(tmp_path / "m.pkl", value))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (b"\x80\x04.", "its opcodes make no sense"),
        (b"\x80\x04", "1 bytes are due where 0 are left"),
        (b"\x80\x04B\xff\xff\xff\x7f.", "bytes are due where"),
        (b"\x80\x04]\x94h\x00a.", "its containers hold each other"),
        (b"\x80\x04}\x94X\x01\x00\x00\x00ah\x00s.", "its containers hold each other"),
        (
            b"\x80\x04(]\x94" + b"".join(b"](h%ch%ce\x94" % (n, n) for n in range(60)) + b"t.",
            "its containers hold each",
        ),
        (b"\x80\x04cnumpy._core.multiarray\n_reconstruct\n)R.", "an array in it has no content"),
        (b"\x80\x04cnumpy\nndarray\n)R.", "holds a class, to be called"),
        (b"\x80\x04]}b.", "the state of an object of its own"),
        (b"\x80\x04K\x01K\x01a.", "items of something that is not a list"),
        (b"\x80\x04]K\x01K\x01s.", "entries of something that is not a dict"),
        (b"\x80\x04K\x01)R.", "something that is not a name"),
        (b"\x80\x04X\x01\x00\x00\x00a.", "no tree of arrays"),
        (b"\x80\x04h\x05.", "its opcodes make no sense"),
        (b"\x80\x04P0\n.", "the opcode 0x50"),
        (b"\x80\x04\x82\x01.", "the opcode 0x82"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, code, text):
    (tmp_path / "m.pkl").write_bytes(code)
    with pytest.raises(CheckpointError, match=text):
        read_checkpoint(tmp_path / "m.pkl")


def test_the_length_of_an_array_has_to_fit(tmp_path):
    code = pickle.dumps({"w": np.arange(3, dtype=np.float32)}, 4).replace(b"\x8c\x02f4", b"\x8c\x02f8")
    (tmp_path / "m.pkl").write_bytes(code)
    with pytest.raises(CheckpointError, match=r"declares float64\[3\] but holds 12 bytes"):
        read_checkpoint(tmp_path / "m.pkl")


def test_text_protocols_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(CheckpointError, match=r"protocol 2 or later.\n  fix: .*protocol=5"):
        read_checkpoint(saved(tmp_path / "m.pkl", {"a": 1}, 0))
