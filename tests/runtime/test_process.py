from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.errors import EngineError
from totfjs.runtime.channel import Limits
from totfjs.runtime.process import ProcessChannel


def start() -> ProcessChannel:
    channel = ProcessChannel("node", Limits())
    channel.request({"command": "start", "memoryLimit": None})
    return channel


def has_ended(pid: int) -> bool:
    """Whether a process that is not our child is gone, given time to go."""
    for _ in range(200):
        if subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True).stdout[:1] in (
            "",
            "Z",
        ):
            return True
        time.sleep(0.05)
    return False


def test_close_ends_the_process() -> None:
    channel = start()
    channel.close()
    assert channel._process.poll() is not None
    channel.close()


def test_a_dropped_channel_ends_the_process() -> None:
    channel = start()
    process = channel._process
    del channel
    assert process.poll() is not None


@pytest.mark.parametrize("gone", [True, False], ids=["before the request", "perhaps during the request"])
def test_a_process_that_dies_is_an_error_and_not_a_hang(gone: bool) -> None:
    channel = start()
    channel._process.kill()
    if gone:
        channel._process.wait()
    with pytest.raises(EngineError, match="the node process ended with status"):
        channel.request({"command": "statistics"})
    with pytest.raises(EngineError, match="has stopped"):
        channel.request({"command": "statistics"})


def test_large_buffers_go_both_ways() -> None:
    channel = start()
    channel.request({"command": "prepare", "backend": "cpu"})
    data = np.arange(2_000_000, dtype=np.float32)
    text = json.dumps(graphs.identity())
    model = channel.request({"command": "load", "backend": "cpu", "model": text}).header["model"]
    inputs = [{"name": "x", "dtype": "float32", "shape": [data.size]}]
    request = {"command": "execute", "backend": "cpu", "model": model, "inputs": inputs, "outputs": None}
    assert (channel.request(request, [data.view(np.uint8)]).buffers[0].view(np.float32) == data).all()
    channel.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no ps")
def test_the_process_ends_with_its_parent_even_in_an_endless_model() -> None:
    code = """
        import numpy as np
        from tests.runtime import graphs
        from totfjs.runtime import open_engine
        opened = open_engine("node")
        session = opened.load(graphs.endless(), [], "cpu")
        print(*opened.processes, flush=True)
        session.execute({"x": np.array(np.nan, np.float32)})
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.5)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert has_ended(pid)
