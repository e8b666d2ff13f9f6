"""How browsers are called so that they run one page without a window, and with what there is for a GPU."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from totfjs.runtime.browsers.find import Browser

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
    "--ignore-gpu-blocklist",
    "--enable-unsafe-webgpu",
    "--enable-unsafe-swiftshader",
)
_FIREFOX = ("--headless", "--no-remote", "--new-instance")
# What Firefox asks and fetches when it starts, and what it keeps from software renderers.
_PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "dom.max_script_run_time": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "webgl.force-enabled": True,
    "dom.webgpu.enabled": True,
}


def command_line(browser: Browser, profile: Path, address: str) -> list[str]:
    """The command that opens `address` in a fresh profile."""
    if browser.family == "firefox":
        _write_preferences(profile)
        return [browser.program, *_FIREFOX, "--profile", str(profile), address]
    # Chromium refuses its sandbox to root; the page that it opens is ours
    sandbox = ("--no-sandbox",) if sys.platform == "linux" and os.geteuid() == 0 else ()
    return [browser.program, *_CHROMIUM, *sandbox, f"--user-data-dir={profile}", address]


def _write_preferences(profile: Path) -> None:
    lines = (f'user_pref("{name}", {_value(value)});\n' for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), encoding="ascii")


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'
