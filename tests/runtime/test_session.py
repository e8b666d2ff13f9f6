from __future__ import annotations

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.errors import EngineError, UsageError
from totfjs.runtime import Engine

BITS = np.array([0x7FC00001, 0xFFC12345, 0x7F800000, 0xFF800000, 0x80000000, 0x00000001], np.uint32).view(np.float32)
VALUES = {
    "float32": BITS,
    "int32": np.array([-(2**31), 2**31 - 1, 0], np.int32),
    "bool": np.array([True, False]),
}


def echo(engine: Engine, array: np.ndarray, dtype: str, backend: str) -> np.ndarray:
    with engine.load(graphs.identity(dtype, array.shape), [], backend) as session:
        return session.execute({"x": array})["y"]


@pytest.mark.parametrize("dtype", VALUES)
def test_tensors_come_back_bit_for_bit(engine: Engine, backend: str, dtype: str) -> None:
    result = echo(engine, VALUES[dtype], dtype, backend)
    assert result.dtype == VALUES[dtype].dtype
    assert result.tobytes() == VALUES[dtype].tobytes()


@pytest.mark.parametrize("dtype", VALUES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1, 1)])
def test_scalars_and_empty_tensors_keep_their_shape(
    engine: Engine, backend: str, dtype: str, shape: tuple[int, ...]
) -> None:
    array = np.ones(shape, VALUES[dtype].dtype)
    result = echo(engine, array, dtype, backend)
    assert result.shape == shape
    assert (result == array).all()


def test_complex_tensors_keep_both_parts(engine: Engine) -> None:
    array = np.array([[1 + 2j, -3.5j], [complex(np.inf, -0.0), 0]], np.complex64)
    assert echo(engine, array, "complex64", "cpu").tobytes() == array.tobytes()


def test_complex_tensors_are_refused_by_wasm_with_a_remedy(engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"Kernel 'Complex' not registered for backend 'wasm'[^$]*fix: Use another"):
        echo(engine, np.zeros(1, np.complex64), "complex64", "wasm")


def test_string_tensors_are_bytes_and_need_not_be_utf8(engine: Engine, backend: str) -> None:
    array = np.array([["héllo", b"\xff\x00"], ["", "😀"]], object)
    expected = [["héllo".encode(), b"\xff\x00"], [b"", "😀".encode()]]
    assert echo(engine, array, "string", backend).tolist() == expected


def test_string_tensors_may_be_empty(engine: Engine, backend: str) -> None:
    assert echo(engine, np.empty((0, 2), object), "string", backend).shape == (0, 2)


def test_arrays_of_any_memory_layout_go_in(engine: Engine, backend: str) -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1)[::-1]
    assert (echo(engine, array, "float32", backend) == array).all()


def test_weights_may_be_split_anywhere(engine: Engine, backend: str) -> None:
    data = graphs.dense_weights()
    x = np.array([[1, 2]], np.float32)
    mixed = [data[:5], memoryview(data[5:30]), np.frombuffer(data[30:], np.uint8)]
    for weights in (mixed, [data], [data[:10], data[10:]], [b"", data], [data[at : at + 1] for at in range(len(data))]):
        with engine.load(graphs.dense(), weights, backend) as session:
            assert session.execute({"x": x})["out"].tolist() == [[16, 29, 42]]


def test_outputs_come_in_the_order_of_the_signature(engine: Engine) -> None:
    nodes = [graphs.placeholder("x"), graphs.node("b", "Neg", "x"), graphs.node("a", "Abs", "x")]
    outputs = {"z": graphs.port("b"), "a": graphs.port("a"), "m": graphs.port("x")}
    with engine.load(graphs.model(nodes, {"x": graphs.port("x")}, outputs), [], "cpu") as session:
        result = session.execute({"x": np.array([-1], np.float32)})
    assert {name: value.tolist() for name, value in result.items()} == {"z": [1], "a": [1], "m": [-1]}
    assert list(result) == ["z", "a", "m"]


def test_any_tensor_of_the_graph_may_be_asked_for(engine: Engine, backend: str) -> None:
    with engine.load(graphs.dense(), [graphs.dense_weights()], backend) as session:
        result = session.execute({"x": np.ones((1, 2), np.float32)}, ["xw", "out", "b"])
    assert {name: value.tolist() for name, value in result.items()} == {
        "xw": [[3, 5, 7]],
        "out": [[13, 25, 37]],
        "b": [10, 20, 30],
    }


def test_a_session_describes_its_ports(engine: Engine) -> None:
    with engine.load(graphs.dense(), [graphs.dense_weights()], "cpu") as session:
        assert [(p.name, p.dtype, p.shape) for p in session.inputs] == [("x", "float32", (-1, 2))]
        assert [(p.name, p.dtype, p.shape) for p in session.outputs] == [("out", "float32", (-1, 3))]
        assert not session.asynchronous


def test_control_flow_is_executed_asynchronously_and_said_so(engine: Engine, backend: str) -> None:
    x = np.array([-2, 3], np.float32)
    with engine.load(graphs.conditional(), [], backend) as session:
        assert session.asynchronous
        assert session.execute({"yes": np.array(True), "x": x})["y"].tolist() == [2, -3]
        assert session.execute({"yes": np.array(False), "x": x})["y"].tolist() == [2, 3]


def test_layers_models_run(engine: Engine, backend: str) -> None:
    with engine.load(graphs.layers(), [graphs.dense_weights()], backend) as session:
        (output,) = session.execute({session.inputs[0].name: np.array([[1, 2]], np.float32)}).values()
    assert output.tolist() == [[16, 29, 42]]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "expected x, y; found none"),
        ({"x": np.zeros(2, np.float32), "z": np.zeros(2, np.float32)}, "expected x, y; found x, z"),
        ({"x": np.zeros(2, np.float32), "y": np.zeros(2)}, r"'y'[^:]*: expected float32\[2\]; found float64\[2\]"),
        ({"x": np.zeros(3, np.float32), "y": np.zeros(2, np.float32)}, r"expected float32\[2\]; found float32\[3\]"),
        ({"x": np.zeros((), np.float32), "y": np.zeros(2, np.float32)}, r"expected float32\[2\]; found float32\[\]"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(engine: Engine, inputs: dict[str, np.ndarray], message: str) -> None:
    with engine.load(graphs.binary("AddV2", dims=(2,)), [], "cpu") as session, pytest.raises(UsageError, match=message):
        session.execute(inputs)


def test_an_unknown_output_is_an_error_of_the_engine(engine: Engine) -> None:
    with engine.load(graphs.identity(), [], "cpu") as session, pytest.raises(EngineError, match="nothing"):
        session.execute({"x": np.zeros(1, np.float32)}, ["nothing"])


def test_two_names_of_one_tensor_are_refused(engine: Engine) -> None:
    nodes = [graphs.placeholder("x"), graphs.node("y", "Neg", "x")]
    model = graphs.model(nodes, {"x": graphs.port("x")}, {"a": graphs.port("y"), "b": graphs.port("y")})
    with engine.load(model, [], "cpu") as session, pytest.raises(EngineError, match="two names are one tensor"):
        session.execute({"x": np.zeros(1, np.float32)})


def test_unknown_ops_are_named(engine: Engine) -> None:
    with engine.load(graphs.binary("Frobnicate"), [], "cpu") as session, pytest.raises(EngineError, match="Frobnicate"):
        session.execute({"x": np.zeros(1, np.float32), "y": np.zeros(1, np.float32)})


def test_what_tensorflow_js_logs_is_kept(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    nodes = [graphs.placeholder("x"), graphs.node("p", "Print", "x", "x", message={"s": "aGk="})]
    model = graphs.model(nodes, {"x": graphs.port("x")}, {"p": graphs.port("p")})
    with engine.load(model, [], "cpu") as session:
        session.execute({"x": np.array([7], np.float32)})
        assert any("7" in line for line in session.logs)
    assert capfd.readouterr() == ("", "")


def test_runs_and_sessions_leave_no_tensors_behind(engine: Engine, backend: str) -> None:
    with engine.load(graphs.dense(), [graphs.dense_weights()], backend) as watcher:
        before = watcher.statistics()
        with engine.load(graphs.dense(), [graphs.dense_weights()], backend) as session:
            for _ in range(3):
                session.execute({"x": np.ones((1, 2), np.float32)})
        with engine.load(graphs.conditional(), [], backend) as session:
            session.execute({"yes": np.array(True), "x": np.ones(1, np.float32)})
        assert watcher.statistics() == before
        with engine.load(graphs.identity("string"), [], backend) as session:
            session.execute({"x": np.array(["a"], object)})
        # TensorFlow.js miscounts the bytes of strings that two tensors share
        assert watcher.statistics()["tensors"] == before["tensors"]
    with engine.load(graphs.dense(), [graphs.dense_weights()], backend) as session:
        assert session.statistics()["since"] == len(graphs.dense_weights())


def test_sessions_of_two_backends_live_side_by_side(engine: Engine) -> None:
    x = np.ones((1, 2), np.float32)
    with (
        engine.load(graphs.dense(), [graphs.dense_weights()], "cpu") as one,
        engine.load(graphs.dense(), [graphs.dense_weights()], "wasm") as two,
    ):
        assert one.execute({"x": x})["out"].tolist() == two.execute({"x": x})["out"].tolist()
        assert one.execute({"x": x})["out"].tolist() == [[13, 25, 37]]
