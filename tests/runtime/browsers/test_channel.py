"""TensorFlow.js in a real browser, on every backend that browsers have, and what a browser that dies costs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.runtime import graphs
from tests.runtime.browsers.processes import children_of_type, kill, of_profiles, wait_for
from totfjs.errors import EngineError, EngineMemoryError, EngineTimeoutError, UsageError
from totfjs.runtime import Engine, Session, open_engine
from totfjs.runtime.browsers.find import Browser

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the browsers here are shell scripts and get signals")
X = np.arange(5, dtype=np.float32)
NAN = {"x": np.array(np.nan, np.float32)}


@pytest.fixture
def opened(chromium: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("TOTFJS_BROWSER", chromium.program)
    with open_engine("browser") as engine:
        yield engine


def script(folder: Path, text: str) -> str:
    """A program that is taken for a browser."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(program)


def add(session: Session) -> list[float]:
    return list(session.execute({"x": X, "y": X})["z"])


@pytest.mark.parametrize("backend", ["cpu", "wasm", "wasm-threads", "webgl", "webgpu"])
def test_a_browser_computes_on_every_backend(opened: Engine, backend: str) -> None:
    with opened.load(graphs.dense(), [graphs.dense_weights()], backend) as session:
        found = session.execute({"x": np.array([[1, 2], [3, 4]], np.float32)})["out"]
    assert found.tolist() == [[16, 29, 42], [22, 39, 56]]
    told = opened.surroundings(backend)
    assert told["engine"] == "browser" and told["isolated"] and "Mozilla" in told["agent"]
    assert told.get("threads") == {"wasm": 1, "wasm-threads": 2}.get(backend)
    assert ("software" in told) == (backend in ("webgl", "webgpu"))


def test_a_browser_that_was_killed_is_replaced_and_the_model_gives_its_answer(opened: Engine, folder: Path) -> None:
    with opened.load(graphs.dense(), [graphs.dense_weights()], "wasm") as session:
        x = {"x": np.array([[1, 2]], np.float32)}
        before = session.execute(x)["out"].tolist()
        (process,) = opened.processes
        kill(process)
        assert session.execute(x)["out"].tolist() == before == [[16, 29, 42]]
        assert opened.processes != (process,)
    assert len(list(folder.glob("totfjs-browser-*"))) == 1


@pytest.mark.parametrize("victim", ["renderer", "utility", "gpu-process"])
def test_a_page_that_died_while_it_computed_is_replaced(opened: Engine, folder: Path, victim: str) -> None:
    with opened.load(graphs.binary("AddV2"), [], "webgl") as session:
        assert add(session) == [0, 2, 4, 6, 8]
        kill(*children_of_type(folder, victim))
        assert add(session) == [0, 2, 4, 6, 8]


def test_browsers_that_keep_dying_are_told(opened: Engine, folder: Path) -> None:
    ended = threading.Event()

    def destroy() -> None:
        while not ended.wait(0.3):
            kill(*opened.processes)

    with opened.load(graphs.endless(), [], "cpu") as session:
        thread = threading.Thread(target=destroy)
        thread.start()
        with pytest.raises(EngineError, match=r"(?s)stopped: it was ended by signal 9.* So did the 2 before it\."):
            session.execute(NAN)
        ended.set()
        thread.join()


def test_a_model_that_has_learned_is_not_replaced_by_one_that_has_not(opened: Engine) -> None:
    model = graphs.layers()
    model["trainingConfig"] = {
        "loss": "mean_squared_error",
        "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.01}},
    }
    with opened.load(model, [graphs.dense_weights()], "cpu") as session:
        x = np.ones((4, 2), np.float32)
        session.fit({session.inputs[0].name: x}, [np.ones((4, 3), np.float32)])
        kill(*opened.processes)
        with pytest.raises(EngineError, match=r"The browser chrom\w+ stopped: it was ended by signal 9"):
            session.execute({session.inputs[0].name: x})


def test_weights_that_are_gone_cannot_be_loaded_into_another_browser(opened: Engine) -> None:
    with opened.load(graphs.dense(), iter([graphs.dense_weights()]), "cpu") as session:
        kill(*opened.processes)
        with pytest.raises(EngineError, match="stopped: it was ended by signal 9"):
            session.execute({"x": np.ones((1, 2), np.float32)})


def test_a_browser_that_dies_at_its_start_is_started_again(
    chromium: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = f'[ -e {folder}/two ] && exec {chromium.program} "$@"; [ -e {folder}/one ] && touch {folder}/two'
    twice += f"; touch {folder}/one; kill -9 $$"
    monkeypatch.setenv("TOTFJS_BROWSER", script(folder, twice))
    with open_engine("browser") as engine, engine.load(graphs.binary("AddV2"), [], "cpu") as session:
        assert add(session) == [0, 2, 4, 6, 8]


def test_a_browser_that_never_starts_says_its_last_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "echo 'error while loading libnss3.so' >&2; echo '[1:2:ERROR:dbus.cc(4)] noise' >&2; exit 127"
    monkeypatch.setenv("TOTFJS_BROWSER", script(folder, words))
    with open_engine("browser") as engine, pytest.raises(EngineError) as told:
        engine.load(graphs.identity(), [], "cpu")
    assert told.value.what == (
        "The browser chromium stopped: it ended with status 127 (error while loading libnss3.so). "
        "So did the 2 before it."
    )
    assert list(folder.glob("totfjs-browser-*")) == []


def test_a_system_without_sandboxes_is_told_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        f"echo x >> {folder}/starts; echo '[9:9:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox!' >&2; exit 1"
    )
    monkeypatch.setenv("TOTFJS_BROWSER", script(folder, words))
    with (
        open_engine("browser") as engine,
        pytest.raises(EngineError, match=r"allows it no sandbox\.\n.*TOTFJS_BROWSER_FLAGS=--no-sandbox"),
    ):
        engine.load(graphs.identity(), [], "cpu")
    assert (folder / "starts").read_text() == "x\n"


def test_a_browser_without_a_page_ends_when_patience_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", script(folder, "sleep 1000 & sleep 1000"))
    monkeypatch.setenv("TOTFJS_BROWSER_TIMEOUT", "0.5")
    with (
        open_engine("browser") as engine,
        pytest.raises(EngineError, match=r"did not load its page within 0\.5 s\.\n.*TOTFJS_BROWSER_TIMEOUT"),
    ):
        engine.load(graphs.identity(), [], "cpu")
    assert of_profiles(folder) == [] and list(folder.glob("totfjs-browser-*")) == []


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan"])
def test_patience_is_a_number_of_seconds(folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", script(folder, "exit 0"))
    monkeypatch.setenv("TOTFJS_BROWSER_TIMEOUT", seconds)
    with open_engine("browser") as engine, pytest.raises(UsageError, match="which is no number of seconds"):
        engine.load(graphs.identity(), [], "cpu")


def test_the_limit_of_time_ends_the_browser_and_the_next_load_starts_one(
    chromium: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", chromium.program)
    with open_engine("browser", time_limit=5) as engine:
        session = engine.load(graphs.endless(), [], "cpu")
        with pytest.raises(EngineTimeoutError, match=r"did not finish within 5 s"):
            session.execute(NAN)
        assert wait_for(lambda: of_profiles(folder) == [])
        with pytest.raises(EngineError, match="has stopped"):
            session.execute(NAN)
        with engine.load(graphs.binary("AddV2"), [], "cpu") as other:
            assert add(other) == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("backend", ["cpu", "wasm", "webgl"])
def test_the_limit_of_memory_holds_in_a_browser(
    chromium: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", chromium.program)
    huge = {"dims": np.array([8192, 8192], np.int32), "value": np.array(1, np.float32)}
    with open_engine("browser", memory_limit=100_000_000) as engine:
        session = engine.load(graphs.filled(), [], backend)
        with pytest.raises(EngineMemoryError, match=r"TensorFlow\.js ran out of memory"):
            session.execute(huge)


def test_inputs_that_fail_on_their_way_leave_the_browser_usable(opened: Engine) -> None:
    def broken() -> Iterator[bytes]:
        yield graphs.dense_weights()[:8]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        opened.load(graphs.dense(), broken(), "cpu")
    with opened.load(graphs.binary("AddV2"), [], "cpu") as session:
        assert add(session) == [0, 2, 4, 6, 8]
    assert len(opened.processes) == 1
