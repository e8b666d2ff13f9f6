from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.errors import EngineError, EngineMemoryError, EngineTimeoutError, MissingDependencyError, UsageError
from totfjs.runtime import available_engines, engine, open_engine

SCALAR = {"x": np.array(1, np.float32)}
ENDLESS = {"x": np.array(np.nan, np.float32)}


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, to see how it ends."""
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)


def compute(opened: engine.Engine, backend: str) -> float:
    with opened.load(graphs.identity("float32", ()), [], backend) as session:
        return float(session.execute(SCALAR)["y"])


def huge(rows: int, columns: int) -> dict[str, np.ndarray]:
    return {"dims": np.array([rows, columns], np.int32), "value": np.array(1, np.float32)}


def test_the_first_installed_engine_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOTFJS_ENGINE", raising=False)
    with open_engine() as opened:
        assert opened.name == available_engines()[0] == "mini-racer"


def test_the_environment_chooses_the_engine_and_the_argument_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOTFJS_ENGINE", "node")
    assert open_engine().name == "node"
    assert open_engine("mini-racer").name == "mini-racer"


def test_no_engine_at_hand_is_a_missing_dependency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOTFJS_ENGINE", raising=False)
    monkeypatch.setattr(engine, "_AVAILABLE", {"node": lambda: False})
    with pytest.raises(MissingDependencyError, match="No JavaScript engine is at hand"):
        open_engine()
    with pytest.raises(MissingDependencyError, match="The engine node is not installed"):
        open_engine("node")


def test_unknown_engines_and_backends_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="There is no engine 'rhino'"):
        open_engine("rhino")
    with open_engine(name) as opened, pytest.raises(UsageError, match=f"The engine {name} has no backend 'webgl'"):
        opened.load(graphs.identity(), [], "webgl")


def test_the_versions_name_the_engine_and_tensorflow_js(name: str) -> None:
    with open_engine(name) as opened:
        versions = opened.versions
    assert {name, "tfjs-core", "tfjs-converter", "tfjs-layers", "tfjs-backend-cpu", "tfjs-backend-wasm"} <= set(
        versions
    )
    assert versions["tfjs-core"] == versions["tfjs-converter"]


def test_an_endless_model_ends_at_the_time_limit_and_the_next_one_runs(name: str, backend: str) -> None:
    with open_engine(name, time_limit=3) as opened:
        session = opened.load(graphs.endless(), [], backend)
        with pytest.raises(EngineTimeoutError, match="did not finish within 3 s"):
            session.execute(ENDLESS)
        with pytest.raises(EngineError, match=r"has stopped: TensorFlow\.js did not finish"):
            session.execute(ENDLESS)
        session.close()
        assert compute(opened, backend) == 1


def test_a_time_limit_is_for_models_and_does_not_hurry_the_start(name: str) -> None:
    with open_engine(name, time_limit=0.001) as opened:
        assert opened.versions["tfjs-core"]
        with pytest.raises(EngineTimeoutError, match=r"did not finish within 0\.001 s"):
            compute(opened, "wasm")


@pytest.mark.parametrize("side", [6000, 60000])
def test_a_model_that_needs_too_much_memory_is_stopped_and_the_next_one_runs(
    name: str, backend: str, side: int
) -> None:
    with open_engine(name, memory_limit=100_000_000) as opened:
        session = opened.load(graphs.filled(), [], backend)
        with pytest.raises(EngineMemoryError, match="ran out of memory"):
            session.execute(huge(side, side))
        assert compute(opened, backend) == 1


@pytest.mark.parametrize(("rows", "size"), [(2**15 - 1, 4294836224), (2**15, 4294967296), (2**15 + 1, 4295098368)])
def test_a_wasm_heap_that_is_full_is_an_error_and_not_garbage(name: str, rows: int, size: int) -> None:
    with open_engine(name) as opened:
        session = opened.load(graphs.filled(), [], "wasm")
        with pytest.raises(EngineMemoryError, match=f"the wasm heap has no room for {size} bytes"):
            session.execute(huge(rows, 2**15))
        assert compute(opened, "wasm") == 1


def test_a_heap_of_objects_is_limited_too(name: str) -> None:
    strings = np.array(["x" * 10] * 400_000, object)
    with open_engine(name, memory_limit=20_000_000) as opened:
        session = opened.load(graphs.identity("string"), [], "cpu")
        with pytest.raises(EngineMemoryError, match="ran out of memory"):
            session.execute({"x": strings})
        assert compute(opened, "cpu") == 1


def test_a_trap_of_wasm_ends_the_session_and_not_the_engine(name: str) -> None:
    numbers = {"x": np.array([7], np.int32), "y": np.array([0], np.int32)}
    with open_engine(name) as opened:
        session = opened.load(graphs.binary("FloorMod", "int32"), [], "wasm")
        with pytest.raises(EngineError, match=r"WebAssembly trapped with '.*zero"):
            session.execute(numbers)
        with pytest.raises(EngineError, match="has stopped: WebAssembly trapped"):
            session.execute(numbers)
        assert compute(opened, "wasm") == 1


def test_a_closed_engine_ends_its_sessions(name: str) -> None:
    with open_engine(name) as opened:
        session = opened.load(graphs.identity("float32", ()), [], "cpu")
    with pytest.raises(EngineError, match="the engine was closed"):
        session.execute(SCALAR)


def test_weights_that_fail_to_come_leave_the_engine_usable(name: str) -> None:
    def shards():
        yield graphs.dense_weights()[:8]
        raise OSError("the disk is gone")

    with open_engine(name) as opened:
        with pytest.raises(OSError, match="the disk is gone"):
            opened.load(graphs.dense(), shards(), "cpu")
        assert compute(opened, "cpu") == 1


def test_a_model_that_does_not_load_is_an_error_of_the_engine(name: str) -> None:
    with open_engine(name) as opened:
        with pytest.raises(EngineError, match=r"TensorFlow\.js failed"):
            opened.load({"format": "graph-model", "modelTopology": {"node": [{"name": "x"}]}}, [], "cpu")
        assert compute(opened, "cpu") == 1


def test_a_warm_engine_is_ready_for_its_backend(name: str) -> None:
    with open_engine(name) as opened:
        opened.warm("wasm")
        assert compute(opened, "wasm") == 1


def test_an_engine_may_be_used_by_several_threads(name: str) -> None:
    results: list[float] = []
    with open_engine(name) as opened:
        threads = [threading.Thread(target=lambda: results.append(compute(opened, "wasm"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [1, 1, 1, 1]


def test_an_engine_works_inside_of_a_running_event_loop(name: str) -> None:
    async def main() -> float:
        with open_engine(name) as opened:
            return compute(opened, "cpu")

    assert asyncio.run(main()) == 1


def test_importing_the_room_starts_nothing() -> None:
    result = run_python("""
        import sys, totfjs.runtime
        print([name for name in ("py_mini_racer", "asyncio", "jax") if name in sys.modules])
    """)
    assert (result.stdout, result.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("ending", "status"),
    [("", 0), ("raise SystemExit(3)", 3), ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15)],
)
def test_a_program_that_never_closes_its_engine_ends_in_silence(name: str, ending: str, status: int) -> None:
    result = run_python(f"""
        import numpy as np
        from tests.runtime import graphs
        from totfjs.runtime import open_engine
        opened = open_engine({name!r})
        opened.warm("wasm")
        session = opened.load(graphs.identity(), [], "wasm")
        print(session.execute({{"x": np.zeros(1, np.float32)}})["y"])
        {ending}
    """)
    assert (result.returncode, result.stdout, result.stderr) == (status, "[0.]\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to another process")
def test_an_interrupt_ends_an_endless_model_and_the_next_one_runs(name: str) -> None:
    result = run_python(f"""
        import os, signal, threading
        from tests.runtime import graphs
        from tests.runtime.test_engine import ENDLESS, compute
        from totfjs.runtime import open_engine
        signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background ignore it
        with open_engine({name!r}) as opened:
            session = opened.load(graphs.endless(), [], "wasm")
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                session.execute(ENDLESS)
            except KeyboardInterrupt:
                print("interrupted", compute(opened, "wasm"))
    """)
    assert (result.stdout, result.stderr) == ("interrupted 1.0\n", "")


def test_v8_that_was_started_by_another_library_serves_as_well() -> None:
    result = run_python("""
        from py_mini_racer import MiniRacer
        with MiniRacer() as other:
            other.eval("1")
        from tests.runtime.test_engine import compute
        from totfjs.runtime import open_engine
        with open_engine("mini-racer") as opened:
            print(compute(opened, "wasm"))
    """)
    assert (result.stdout, result.stderr) == ("1.0\n", "")


def test_engines_open_and_close_in_any_thread() -> None:
    result = run_python("""
        import threading
        from tests.runtime.test_engine import compute
        from totfjs.runtime import open_engine
        first = open_engine("mini-racer")
        first.warm("wasm")
        first._warming[0].join()
        print(compute(first, "wasm"))
        with open_engine("mini-racer") as second:
            print(compute(second, "cpu"))
        first.close()
        opened = open_engine("mini-racer")
        thread = threading.Thread(target=lambda: print(compute(opened, "wasm")))
        thread.start()
        thread.join()
        opened.close()
    """)
    assert (result.returncode, result.stdout, result.stderr) == (0, "1.0\n1.0\n1.0\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_process_is_told_what_to_do() -> None:
    result = run_python("""
        import os, warnings
        from totfjs.errors import EngineError
        from totfjs.runtime import open_engine
        warnings.simplefilter("ignore")
        with open_engine("mini-racer") as opened:
            opened.versions
            if (child := os.fork()) == 0:
                try:
                    open_engine("mini-racer").versions
                except EngineError as error:
                    print(error.what, flush=True)
                os._exit(0)
            os.waitpid(child, 0)
    """)
    assert "does not survive a fork" in result.stdout
    assert result.stderr == ""
