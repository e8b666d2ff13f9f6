"""Whatever becomes of the Python that a browser belongs to, neither a process nor a profile is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.browsers.processes import kill, of_profiles, wait_for
from totfjs.runtime.browsers.find import Browser

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to kill with")
Start = Callable[[str], "subprocess.Popen[str]"]
OPENED = """
    import os, sys, threading, time
    import numpy as np
    from tests.runtime import graphs
    from totfjs.runtime import open_engine
    engine = open_engine("browser")
    session = engine.load(graphs.endless(), [], "cpu")
    print("loaded", flush=True)
"""
COMPUTING = OPENED + "    session.execute({'x': np.array(np.nan, np.float32)})\n"
IDLE = OPENED + "    time.sleep(1000)\n"


@pytest.fixture
def start(chromium: Browser, folder: Path) -> Start:
    def started(code: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-c", textwrap.dedent(code)]
        environment = {**os.environ, "TOTFJS_BROWSER": chromium.program}
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return started


def profiles(folder: Path) -> list[Path]:
    return list(folder.glob("totfjs-browser-*"))


def loaded(program: subprocess.Popen[str]) -> None:
    assert program.stdout is not None and program.stdout.readline() == "loaded\n"


def nothing_is_left(folder: Path) -> bool:
    return wait_for(lambda: not of_profiles(folder) and not list(folder.iterdir()))


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_python_that_is_killed_takes_its_browser_along(start: Start, folder: Path, how: str) -> None:
    with start(COMPUTING) as program:
        loaded(program)
        assert of_profiles(folder) and profiles(folder)
        program.send_signal(signal.Signals[how])
        assert program.wait() != 0
        assert nothing_is_left(folder)


def test_a_python_that_is_killed_while_its_browser_starts_leaves_nothing(start: Start, folder: Path) -> None:
    with start(COMPUTING) as program:
        assert wait_for(lambda: len(of_profiles(folder)) > 1)
        program.kill()
        assert nothing_is_left(folder)


@pytest.mark.parametrize("end", ["", "del engine, session", "engine.close()", "raise SystemExit(0)"])
def test_a_program_that_ends_ends_its_browser(start: Start, folder: Path, end: str) -> None:
    with start(OPENED + f"    {end}\n") as program:
        assert program.communicate()[1] == ""
        assert not of_profiles(folder) and not list(folder.iterdir())


def test_an_engine_that_is_forgotten_is_closed(start: Start, folder: Path) -> None:
    left = """    del engine, session
    import gc; gc.collect()
    print(os.listdir(os.environ["TMPDIR"]), threading.active_count())
"""
    with start(OPENED + left) as program:
        assert program.communicate() == ("loaded\n[] 1\n", "")


def test_an_engine_that_is_closed_leaves_no_thread_and_no_child(start: Start) -> None:
    left = """    engine.close()
    print(threading.active_count())
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("no child")
"""
    with start(OPENED + left) as program:
        assert program.communicate() == ("loaded\n1\nno child\n", "")


def test_a_fork_does_not_end_the_browser_of_its_parent(start: Start) -> None:
    fork = """    child = os.fork()
    if child == 0:
        sys.exit()
    os.waitpid(child, 0)
    one = np.array(1, np.float32)
    print(session.execute({"x": one})["y"], engine.processes == before)
"""
    with start(OPENED + "    before = engine.processes\n" + fork) as program:
        assert program.communicate() == ("loaded\n1.0 True\n", "")


def test_without_its_guard_the_page_ends_the_browser_and_the_next_one_removes_the_profile(
    start: Start, folder: Path
) -> None:
    with start(IDLE) as program:
        loaded(program)
        (guard,) = (
            process for process in of_profiles(folder) if _parent(process) == program.pid and _is_shell(process)
        )
        kill(guard)
        program.kill()
        assert wait_for(lambda: not of_profiles(folder))
    assert len(profiles(folder)) == 1
    with start(OPENED) as program:
        program.communicate()
    assert not profiles(folder)


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _is_shell(process: int) -> bool:
    return "kill -s KILL" in Path(f"/proc/{process}/cmdline").read_text()


def test_two_pythons_do_not_disturb_each_other(start: Start, folder: Path) -> None:
    said: list[tuple[str, str]] = []
    programs = [start(OPENED + "    print(session.execute({'x': np.array(2, np.float32)})['y'])\n") for _ in range(2)]
    threads = [threading.Thread(target=lambda each=each: said.append(each.communicate())) for each in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [("loaded\n2.0\n", "")] * 2
    assert not profiles(folder)
