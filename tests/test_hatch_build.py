from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def js(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "js", tmp_path / "js", ignore=shutil.ignore_patterns("node_modules")))


def make_bundle(hook: ModuleType, js: Path, bundle: Path) -> None:
    for name in hook.FILES:
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        (bundle / name).touch()
    (bundle / hook.STAMP).write_text(hook.fingerprint(js))


def test_a_bundle_of_the_same_inputs_is_kept(hook: ModuleType, js: Path, tmp_path: Path) -> None:
    make_bundle(hook, js, tmp_path / "bundle")
    assert hook.is_current(js, tmp_path / "bundle")


@pytest.mark.parametrize("change", ["package-lock.json", "build.mjs", "src/driver.js"])
def test_a_changed_input_makes_the_bundle_anew(hook: ModuleType, js: Path, tmp_path: Path, change: str) -> None:
    make_bundle(hook, js, tmp_path / "bundle")
    (js / change).write_text("changed")
    assert not hook.is_current(js, tmp_path / "bundle")


def test_a_bundle_that_is_not_whole_is_made_anew(hook: ModuleType, js: Path, tmp_path: Path) -> None:
    make_bundle(hook, js, tmp_path / "bundle")
    (tmp_path / "bundle/totfjs.cjs").unlink()
    assert not hook.is_current(js, tmp_path / "bundle")


def test_line_endings_of_the_checkout_do_not_matter(hook: ModuleType, js: Path) -> None:
    before = hook.fingerprint(js)
    source = js / "src/driver.js"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert hook.fingerprint(js) == before


def test_a_failed_step_says_what_failed_and_what_to_do(hook: ModuleType, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('E404'); sys.exit(7)"]
    with pytest.raises(hook.BundleError, match=r"npm ci failed with status 7\nE404\n  fix: .*registry"):
        hook.run("npm ci", command, tmp_path)


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "js/package-lock.json").read_text()
    assert "http" not in lock
    assert lock.count('"integrity"') >= 10
