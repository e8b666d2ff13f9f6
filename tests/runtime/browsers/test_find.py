"""Which browser is used, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from totfjs.errors import MissingDependencyError, UsageError
from totfjs.runtime.browsers.find import Browser, find_browser, find_browsers, require_browser
from totfjs.runtime.browsers.places import name_of


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux machine without any browser."""
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("totfjs.runtime.browsers.places._SNAPS", tmp_path / "snap/bin")
    monkeypatch.setattr("totfjs.runtime.browsers.places._FLATPAKS", (str(tmp_path / "flatpak/exports/bin"),))
    monkeypatch.setattr(
        "totfjs.runtime.browsers.places.PLACES", {name: _relative(each) for name, each in _places().items()}
    )
    for name in ("TOTFJS_BROWSER", "PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME", "PROGRAMFILES", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def _places() -> dict:
    from totfjs.runtime.browsers import places

    return places.PLACES


def _relative(places):
    """Without what this machine may have at fixed paths."""
    from dataclasses import replace

    return replace(places, commands=tuple(each for each in places.commands if not each.startswith("/")))


def program(path: Path, content: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def test_a_machine_without_a_browser_has_none(machine: Path) -> None:
    assert find_browsers() == () and find_browser() is None and find_browser("edge") is None
    with pytest.raises(MissingDependencyError, match="No browser is installed here") as told:
        require_browser()
    assert told.value.remedy.startswith("Run `totfjs doctor --install-browser`")
    with pytest.raises(MissingDependencyError, match="The browser edge is not installed"):
        require_browser("edge")


def test_what_is_on_the_path_comes_in_order_of_preference(machine: Path) -> None:
    firefox = program(machine / "bin/firefox-esr")
    edge = program(machine / "bin/microsoft-edge")
    chrome = program(machine / "bin/google-chrome")
    assert find_browsers() == (
        Browser("chrome", "chromium", str(chrome)),
        Browser("edge", "chromium", str(edge)),
        Browser("firefox", "firefox", str(firefox)),
    )
    assert find_browser() == find_browser("chrome")
    assert find_browser("firefox") == Browser("firefox", "firefox", str(firefox))


def test_macos_keeps_browsers_in_applications(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    path = program(machine / "home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert find_browser("chrome") == Browser("chrome", "chromium", str(path))


def test_windows_keeps_browsers_in_program_files(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    monkeypatch.setenv("PROGRAMFILES(X86)", str(machine / "x86"))
    path = program(machine / "x86/Microsoft/Edge/Application/msedge.exe")
    assert find_browser() == Browser("edge", "chromium", str(path))


def test_a_snap_keeps_its_files_in_its_own_folder(machine: Path) -> None:
    path = program(machine / "snap/bin/chromium")
    home = machine / "home/snap/chromium/common/totfjs"
    assert find_browser() == Browser("chromium", "chromium", str(path), home)


def test_the_stub_with_which_ubuntu_points_to_a_snap_is_no_browser(machine: Path) -> None:
    program(machine / "bin/chromium-browser", '#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then echo "install it"; fi\n')
    assert find_browser() is None


def test_a_flatpak_keeps_its_files_in_its_own_folder(machine: Path) -> None:
    path = program(machine / "flatpak/exports/bin/org.mozilla.firefox")
    home = machine / "home/.var/app/org.mozilla.firefox/cache/totfjs"
    assert find_browser() == Browser("firefox", "firefox", str(path), home)


@pytest.mark.parametrize(
    ("name", "family", "path"),
    [
        ("chromium", "chromium", "chromium-1200/chrome-linux64/chrome"),
        ("chromium", "chromium", "chromium-1140/chrome-linux/chrome"),
        ("chromium", "chromium", "chromium_headless_shell-1200/chrome-headless-shell-linux64/chrome-headless-shell"),
        ("chromium", "chromium", "chromium_headless_shell-1140/chrome-linux/headless_shell"),
        ("firefox", "firefox", "firefox-1480/firefox/firefox"),
        ("webkit", "driven", "webkit-2100/pw_run.sh"),
    ],
)
def test_what_playwright_has_unpacked_is_found(machine: Path, name: str, family: str, path: str) -> None:
    found = program(machine / "home/.cache/ms-playwright" / path)
    assert find_browsers() == (Browser(name, family, str(found)),)


def test_of_playwrights_browsers_the_newest_whole_one_comes_first(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(machine / "own"))
    shell = "chromium_headless_shell-1300/chrome-linux/headless_shell"
    paths = [program(machine / "own" / each) for each in (shell, "chromium-999/chrome-linux/chrome")]
    newest = program(machine / "own/chromium-1001/chrome-linux/chrome")
    assert [each.program for each in find_browsers()] == [str(each) for each in (newest, paths[1], paths[0])]


def test_the_environment_names_a_browser(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine / "bin/chromium")
    firefox = program(machine / "bin/firefox")
    monkeypatch.setenv("TOTFJS_BROWSER", "firefox")
    assert find_browser() == Browser("firefox", "firefox", str(firefox))
    monkeypatch.setenv("TOTFJS_BROWSER", "webkit")
    with pytest.raises(MissingDependencyError, match="The browser webkit is not installed"):
        require_browser()


@pytest.mark.parametrize("named", ["own/firefox-nightly", "command"])
def test_the_environment_names_a_program(machine: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    program(machine / "bin/chromium")
    path = program(machine / ("bin/brave" if named == "command" else named))
    monkeypatch.setenv("TOTFJS_BROWSER", "brave" if named == "command" else str(path))
    assert find_browser() == Browser(name_of(str(path)), name_of(str(path)), str(path))
    # another one can be asked for all the same
    assert find_browser("edge") is None


def test_a_program_that_is_not_there_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", str(machine / "none"))
    with pytest.raises(UsageError, match=r"TOTFJS_BROWSER is .*none, which is no program that can be run"):
        find_browser()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/opt/firefox-nightly/firefox", "firefox"),
        ("C:/Program Files/Edge/msedge.exe", "edge"),
        ("/usr/bin/google-chrome-beta", "chrome"),
        ("/home/firefox/brave", "chromium"),
        ("/x/webkit-2100/pw_run.sh", "webkit"),
    ],
)
def test_a_program_tells_by_its_name_what_it_is(path: str, name: str) -> None:
    assert name_of(path) == name
