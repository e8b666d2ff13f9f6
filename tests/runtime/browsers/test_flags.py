"""How browsers are called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from totfjs.runtime.browsers import flags
from totfjs.runtime.browsers.find import Browser

ADDRESS = "http://127.0.0.1:1/secret/host.html"


def line(folder: Path, family: str = "chromium", name: str = "chromium") -> list[str]:
    return flags.command_line(Browser(name, family, "/opt/browser"), folder, ADDRESS)


def test_chromium_opens_one_page_without_a_window_in_its_own_profile(tmp_path: Path) -> None:
    command = line(tmp_path)
    assert command[0] == "/opt/browser" and command[-2:] == [f"--user-data-dir={tmp_path}", ADDRESS]
    assert "--headless=new" in command and "--no-first-run" in command


def test_no_flag_forces_a_gpu_in_software_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "_LINUX_DEVICES", ("/dev/null",))
    monkeypatch.setattr(flags, "_LINUX_DRIVERS", ("/dev/null",))
    forced = ("swiftshader", "--disable-gpu", "--use-gl=", "--use-webgpu-adapter", "--disable-software")
    allowed = ("--enable-unsafe-swiftshader", "--disable-gpu-watchdog")
    assert not [flag for flag in line(tmp_path) if any(word in flag for word in forced) and flag not in allowed]


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a Chromium without a window has to be told")
def test_on_linux_a_gpu_with_a_driver_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some, none = ("/dev/null",), ("/dev/no-such-device",)
    for devices, drivers, asked in ((none, some, False), (some, none, False), (none + some, none + some, True)):
        monkeypatch.setattr(flags, "_LINUX_DEVICES", devices)
        monkeypatch.setattr(flags, "_LINUX_DRIVERS", drivers)
        assert ("--use-angle=gl-egl" in line(tmp_path)) == asked
        assert ("--use-angle=swiftshader" in line(tmp_path)) != asked


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux root gets no sandbox")
@pytest.mark.parametrize(("user", "sandbox"), [(0, False), (1000, True)])
def test_only_root_goes_without_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, sandbox: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert ("--no-sandbox" not in line(tmp_path)) == sandbox


@pytest.mark.parametrize("family", ["chromium", "firefox", "driven"])
def test_flags_of_the_users_own_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER_FLAGS", "--one --two='a b'")
    command = line(tmp_path, family)
    assert "--one" in command and "--two=a b" in command and ADDRESS in command


def test_firefox_reads_preferences_that_are_written_beside_it(tmp_path: Path) -> None:
    command = line(tmp_path, "firefox", "firefox")
    assert command[-3:] == ["--profile", str(tmp_path), ADDRESS]
    written = (tmp_path / "user.js").read_text()
    assert 'user_pref("dom.allow_scripts_to_close_windows", true);\n' in written
    assert 'user_pref("browser.startup.homepage_override.mstone", "ignore");\n' in written
    assert 'user_pref("dom.max_script_run_time", 0);\n' in written


def test_a_browser_that_only_playwright_can_start_is_a_program_of_python(tmp_path: Path) -> None:
    command = line(tmp_path, "driven", "webkit")
    assert command[0] == sys.executable and command[2:] == ["webkit", "/opt/browser", str(tmp_path / "data"), ADDRESS]
