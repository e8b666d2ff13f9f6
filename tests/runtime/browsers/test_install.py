"""A browser is installed only when there is none, in the way that this system has, and else it is said what to type."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from totfjs.errors import MissingDependencyError
from totfjs.runtime.browsers import install
from totfjs.runtime.browsers.find import Browser

BROWSER = Browser("chromium", "chromium", "/usr/bin/chromium")
UPDATE, CHROMIUM = "apt-get -q update", "apt-get -q install -y --no-install-recommends chromium"
PLAYWRIGHT = f"{sys.executable} -m playwright install chromium"


class Machine:
    """A machine on which commands bring a browser, or do not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.patch, self.folder, self.ran, self.found = monkeypatch, folder, [], None
        monkeypatch.setattr(install, "find_browser", lambda: self.found)
        self.has(system="", root=False, sudo=False, playwright=False, programs=())

    def has(self, *, system: str, root: bool, sudo: bool, playwright: bool, programs: Sequence[str]) -> None:
        release = self.folder / "os-release"
        release.write_text(system)
        self.patch.setattr("platform.system", lambda: "Linux" if system else "Darwin")
        self.patch.setattr(install, "_RELEASE", release)
        self.patch.setattr(install, "_is_root", lambda: root)
        self.patch.setattr(install, "_can_sudo", lambda: sudo)
        self.patch.setattr(install, "find_spec", lambda name: object() if playwright else None)
        self.patch.setattr("shutil.which", lambda name: f"/bin/{name}" if name in programs else None)

    def run(self, command: Sequence[str], brings: str) -> bool:
        self.ran.append(" ".join(command))
        if brings in self.ran[-1]:
            self.found = BROWSER
        return True


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch, tmp_path)


DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'
UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nNAME="Ubuntu"\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'


def test_nothing_is_run_where_there_is_a_browser(machine: Machine) -> None:
    machine.has(system=DEBIAN, root=True, sudo=True, playwright=True, programs=["apt-get", "sudo"])
    machine.found = BROWSER
    assert install.install_browser(lambda command: machine.run(command, "")) == BROWSER
    assert machine.ran == []


def test_debian_has_a_chromium_of_its_own(machine: Machine) -> None:
    machine.has(system=DEBIAN, root=True, sudo=False, playwright=True, programs=["apt-get"])
    assert install.install_browser(lambda command: machine.run(command, "chromium")) == BROWSER
    assert machine.ran == [UPDATE, CHROMIUM]


def test_sudo_is_used_only_where_it_asks_nothing(machine: Machine) -> None:
    machine.has(system=DEBIAN, root=False, sudo=True, playwright=False, programs=["apt-get", "sudo"])
    install.install_browser(lambda command: machine.run(command, "chromium"))
    assert machine.ran == [f"sudo -n {UPDATE}", f"sudo -n {CHROMIUM}"]


@pytest.mark.parametrize("system", [UBUNTU, MINT])
def test_ubuntu_has_no_chromium_in_apt(machine: Machine, system: str) -> None:
    machine.has(system=system, root=True, sudo=False, playwright=True, programs=["apt-get"])
    install.install_browser(lambda command: machine.run(command, "playwright"))
    assert machine.ran == [PLAYWRIGHT.replace("install", "install --with-deps")]


def test_playwright_installs_where_apt_is_not(machine: Machine) -> None:
    machine.has(system="", root=False, sudo=False, playwright=True, programs=[])
    install.install_browser(lambda command: machine.run(command, "playwright"))
    assert machine.ran == [PLAYWRIGHT]


def test_a_way_that_brings_nothing_is_followed_by_the_next(machine: Machine) -> None:
    machine.has(system=DEBIAN, root=True, sudo=False, playwright=True, programs=["apt-get"])
    install.install_browser(lambda command: machine.run(command, "playwright"))
    assert machine.ran == [UPDATE, CHROMIUM, PLAYWRIGHT.replace("install", "install --with-deps")]


def test_a_command_that_fails_ends_its_way(machine: Machine) -> None:
    machine.has(system=DEBIAN, root=True, sudo=False, playwright=False, programs=["apt-get"])
    ran: list[Sequence[str]] = []
    with pytest.raises(MissingDependencyError, match="none can be installed from here"):
        install.install_browser(lambda command: bool(ran.append(command)))
    assert len(ran) == 1


@pytest.mark.parametrize(
    ("system", "playwright", "remedy"),
    [
        (DEBIAN, False, "Run `apt-get install chromium` as root."),
        (UBUNTU, False, "Run `pip install 'totfjs[browser]'` and then this command again, or install Chromium"),
        ("", False, "Run `pip install 'totfjs[browser]'` and then this command again, or install Chromium"),
        ("", True, "Install Chromium, Chrome, Edge or Firefox, or set TOTFJS_BROWSER"),
    ],
)
def test_who_may_not_install_is_told_what_to_type(machine: Machine, system: str, playwright: bool, remedy: str) -> None:
    machine.has(system=system, root=False, sudo=False, playwright=playwright, programs=["apt-get"])
    with pytest.raises(MissingDependencyError) as told:
        install.install_browser(lambda command: machine.run(command, "never"))
    assert told.value.remedy.startswith(remedy)
