"""What every test shares: a real TensorFlow.js for the whole run, one whose GPUs compute everything, and a browser."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from totfjs.runtime import Engine, open_engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Keras chooses its backend when it is imported.
os.environ["KERAS_BACKEND"] = "jax"
# What is small, and not yet on the GPU, would else be computed by the kernels of the cpu backend.
ON_THE_GPU = {"WEBGL_CPU_FORWARD": False, "WEBGPU_CPU_FORWARD": False}


FOR_PAGES = [
    "--ignore-gpu-blocklist",
    "--enable-unsafe-webgpu",
    "--enable-unsafe-swiftshader",
    "--use-fake-device-for-media-stream",
]


# What XLA compiles in one test, worker or program is not compiled again in another; with an old JAX it is, as loops
# that 0.6 reads back compute zeros.
TRUSTED = 0, 10


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests interrupt hear it, also where the tests were started in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if not is_worker and tuple(map(int, version("jax").split(".")[:2])) >= TRUSTED:
        compiled = os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="totfjs-compiled-")
        config.add_cleanup(lambda: shutil.rmtree(compiled, ignore_errors=True))
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


@pytest.fixture(scope="session")
def stock() -> Iterator[Engine]:
    """With the flags as they come: what the runtime reads at once, such as a counter, is not on a GPU then."""
    with open_engine() as opened:
        yield opened


@pytest.fixture(scope="session")
def on_the_gpu() -> Iterator[Engine]:
    with open_engine(flags=ON_THE_GPU) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine(stock: Engine) -> Engine:
    return stock


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium under Playwright, of which one process can have but one; while it runs, no other event loop can."""
    from playwright.sync_api import sync_playwright

    from totfjs.runtime.browsers.find import require_browser

    # Chromium refuses its sandbox to root
    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = require_browser("chromium").program
        opened = playwright.chromium.launch(executable_path=program, args=[*FOR_PAGES, *sandbox])
        yield opened
        opened.close()
