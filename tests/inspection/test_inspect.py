"""What `inspect` tells of checkpoints and web models."""

import json

import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

import totfjs
from tests.verification.models import affine, write
from totfjs.cli import main
from totfjs.inspection.values import Values, values_of
from totfjs.weights.array import Dense


@pytest.fixture
def steps(tmp_path):
    """A directory of two finished steps and one that was interrupted."""
    with ocp.CheckpointManager(tmp_path / "run") as manager:
        for step in (3, 7):
            manager.save(step, args=ocp.args.StandardSave({"params": {"w": jnp.array([step, 0.0, jnp.nan])}}))
    (tmp_path / "run" / "9.orbax-checkpoint-tmp-1" / "default").mkdir(parents=True)
    return tmp_path / "run"


def test_steps_and_when_they_were_finished(steps):
    info = totfjs.inspect(steps)
    assert (info.step, info.steps, info.unfinished) == (7, (3, 7), ("9.orbax-checkpoint-tmp-1",))
    lines = str(info).splitlines()
    assert lines[1] == "  step 7 of 3, 7"
    assert lines[2].startswith("  finished 20")
    assert lines[3] == "  never finished, and left out: 9.orbax-checkpoint-tmp-1"


def test_values_only_when_they_are_asked_for(steps, capsys):
    assert totfjs.inspect(steps).weights[0].values is None
    assert main(["inspect", str(steps), "--values"]) == 0
    assert capsys.readouterr().out.endswith("        0 to 7, mean 3.5, deviation 3.5, 1 zeros, 1 NaN\n")
    assert main(["inspect", str(steps), "--values", "--json"]) == 0
    (weight,) = json.loads(capsys.readouterr().out)["weights"]
    assert weight["values"]["nans"] == 1
    assert weight["sharding"] == "cpu:0"


def test_values_of_a_web_model(tmp_path):
    info = totfjs.inspect(write(affine(), tmp_path / "web"), values=True)
    assert all(weight.values is not None and weight.values.nans == 0 for weight in info.weights)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([1, -3], np.int8), Values(-3, 1, -1, 2, 0, 0, 0)),
        (np.array([True, False]), Values(0, 1, 0.5, 0.5, 1, 0, 0)),
        (np.array([np.inf, np.nan], np.float16), Values(None, None, None, None, 0, 1, 1)),
        (np.zeros(0), Values(None, None, None, None, 0, 0, 0)),
        (np.array([1j]), None),
        (np.array(["a"]), None),
    ],
)
def test_values_of_arrays(array, expected):
    assert values_of(Dense(array)) == expected


def test_an_array_without_finite_numbers():
    assert str(values_of(Dense(np.array([np.nan])))) == "no finite numbers, 1 NaN"


def test_arguments_that_are_fed_otherwise_than_the_source_takes_them(tmp_path):
    inputs = {"z": "complex64[b]", "tokens": "uint8[b,t>=4]", "more": {"a": (2,), "b": [(3,), (4,)]}, "x": ("b", 3)}
    totfjs.convert(lambda z, tokens, more, x: (z, tokens, more, x), tmp_path / "web", inputs=inputs, verify="off")
    info = totfjs.inspect(tmp_path / "web")
    assert info.arguments == {
        "z": "complex64[b]",
        "tokens": "uint8[b,t>=4]",
        "more": "{a: float32[2], b: [float32[3], float32[4]]}",
    }
    assert "  of   tokens: uint8[b,t>=4]" in str(info).splitlines()
    assert info.json()["arguments"] == info.arguments
