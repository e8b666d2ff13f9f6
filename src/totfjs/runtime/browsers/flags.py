"""How browsers are called so that they run one page without a window, and with what there is for a GPU."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from totfjs.errors import MissingDependencyError
from totfjs.runtime.browsers import driven, firefox
from totfjs.runtime.browsers.find import Browser

VARIABLE = "TOTFJS_BROWSER_FLAGS"
_CHROMIUM = (
    "--headless=new",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-gpu-watchdog",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    # a GPU that is there is used; one in software only where there is none
    "--ignore-gpu-blocklist",
    "--enable-unsafe-webgpu",
    "--enable-unsafe-swiftshader",
)
# A Chromium without a window on Linux takes a GPU in software, unless it is told by which way to find another one; that
# works where there are a device and a driver.
_LINUX_GPU = ("--use-angle=gl-egl", "--enable-features=Vulkan", "--disable-vulkan-surface")
# The one in software that Chromium takes by itself dies when TensorFlow.js reads a tensor of WebGPU at once, as it does
# to learn the place of a slice: that goes through a canvas.
_LINUX_SOFTWARE = ("--use-angle=swiftshader", "--use-vulkan=swiftshader", "--enable-features=Vulkan")
_LINUX_DEVICES = ("/dev/dri/renderD128", "/dev/nvidiactl")
_LINUX_DRIVERS = ("/usr/share/glvnd/egl_vendor.d", "/etc/glvnd/egl_vendor.d")
# What Chromium makes in its temporary folder, and how long the path of a socket may be on any system.
_SOCKET = "/org.chromium.Chromium.XXXXXX/SingletonSocket"
_LONGEST = 103


def command_line(browser: Browser, profile: Path, address: str) -> list[str]:
    """The command that opens `address` in a fresh profile."""
    return _LINES[browser.family](browser, profile, address)


def environment(profile: Path) -> dict[str, str]:
    """The variables of a browser's process, which keeps its temporary files within its profile too."""
    temporary = profile / "tmp"
    temporary.mkdir()
    own = {"TMPDIR": str(temporary)} if len(str(temporary)) + len(_SOCKET) <= _LONGEST else {}
    return {**os.environ, **firefox.VARIABLES, **own}


def _own() -> list[str]:
    """What the user wants besides."""
    return shlex.split(os.environ.get(VARIABLE, ""))


def _linux_gpu() -> tuple[str, ...]:
    return _LINUX_GPU if _any(_LINUX_DEVICES) and _any(_LINUX_DRIVERS) else _LINUX_SOFTWARE


def _chromium(browser: Browser, profile: Path, address: str) -> list[str]:
    gpu = _linux_gpu() if sys.platform == "linux" else ()
    # Chromium refuses its sandbox to root; the page that it opens is ours
    sandbox = ("--no-sandbox",) if sys.platform == "linux" and os.geteuid() == 0 else ()
    return [browser.program, *_CHROMIUM, *gpu, *sandbox, *_own(), f"--user-data-dir={profile}", address]


def _any(paths: tuple[str, ...]) -> bool:
    return any(Path(path).exists() for path in paths)


def _firefox(browser: Browser, profile: Path, address: str) -> list[str]:
    firefox.write_preferences(profile)
    return [browser.program, *firefox.FLAGS, *_own(), "--profile", str(profile), address]


def _driven(browser: Browser, profile: Path, address: str) -> list[str]:
    if find_spec("playwright") is None:
        raise MissingDependencyError(
            f"Only Playwright can start {browser.name}.", remedy="Run `pip install 'totfjs[browser]'`."
        )
    return [*driven.command(browser.name, browser.program, profile, address), *_own()]


_LINES: dict[str, Callable[[Browser, Path, str], list[str]]] = {
    "chromium": _chromium,
    "firefox": _firefox,
    "driven": _driven,
}
