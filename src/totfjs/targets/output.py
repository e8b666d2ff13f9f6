"""A directory of output that appears whole or not at all.

Everything is written into a hidden sibling, brought to disk, and put in place by rename. An existing output is
exchanged with the new one in one step (Linux, macOS): a kill at any instant leaves the old or the new. Where the
system cannot exchange (Windows, some network file systems) the old one is renamed aside and the new one renamed in;
a kill between the two leaves the old one aside, complete, and `recover` (called by readers, and by the next write)
puts it back. Siblings left by killed processes are removed by the next write.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from totfjs.errors import OutputError, OutputExistsError
from totfjs.targets.alive import abandoned, lock, maker, unlock
from totfjs.targets.exchange import exchange
from totfjs.targets.ours import foreign_files
from totfjs.weights.disk import sync_directory, writing

_NEW, _OLD = ".new", ".old"


@contextmanager
def replacing(output: str | Path, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty directory which becomes `output` when the body ends well, and vanishes when it does not."""
    shown, final = Path(output), Path(os.path.realpath(output))
    check_output(output, force=force)
    made = _missing_parents(final)
    try:
        with writing(shown):
            final.parent.mkdir(parents=True, exist_ok=True)
            _sweep(final)
            directory, held = _temporary(final)
        try:
            with _named(directory, shown):
                yield directory
            with writing(shown):
                _publish(directory, final, shown, force)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            unlock(held)
    except BaseException:
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        raise


def check_output(output: str | Path, *, force: bool = False) -> None:
    """Refuse an output that `replacing` would refuse, before the work is done."""
    shown, final = Path(output), Path(os.path.realpath(output))
    with writing(shown):
        recover(final)
        _check(final, shown, force)


@contextmanager
def _named(directory: Path, shown: Path) -> Iterator[None]:
    """Let errors name the output that the user knows, not the hidden sibling."""
    try:
        yield
    except OutputError as error:
        what = error.what.replace(str(directory), str(shown))
        raise type(error)(what, remedy=error.remedy, place=error.place) from error


def recover(output: str | Path) -> bool:
    """Put back an output which a killed process had renamed aside; True when there was one."""
    final = Path(os.path.realpath(output))
    if os.path.lexists(final):
        return False
    for aside in _siblings(final, _OLD):
        new = aside.with_suffix(_NEW)  # what was to take its place; without it the old one was being deleted
        if new.exists() and abandoned(new):
            aside.rename(final)
            return True
    return False


def _check(final: Path, shown: Path, force: bool) -> None:
    """Refuse an output that may not be replaced."""
    if not os.path.lexists(final):
        return
    if not final.is_dir():
        raise OutputExistsError(f"{shown} is a file.", remedy="Name a directory for the output.")
    if not any(final.iterdir()):
        return
    strangers = foreign_files(final)
    if not force and not strangers:
        raise OutputExistsError(f"{shown} exists already.", remedy="Replace it with --force, or choose another output.")
    if strangers:
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        raise OutputExistsError(
            f"{shown} holds files that are not those of a web model: {', '.join(strangers[:3])}{more}.",
            remedy="Move them away, or choose another output.",
        )


def _publish(directory: Path, final: Path, shown: Path, force: bool) -> None:
    _check(final, shown, force)  # again: it may have changed while we wrote
    sync_directory(directory)
    if not os.path.lexists(final) or not any(final.iterdir()):
        _rename_in(directory, final)
    else:
        shutil.copymode(final, directory)
        if not exchange(directory, final):
            _rename_over(directory, final)
    sync_directory(final.parent)


def _rename_in(directory: Path, final: Path) -> None:
    if os.name == "nt" and final.is_dir():
        final.rmdir()
    directory.rename(final)


def _rename_over(directory: Path, final: Path) -> None:
    """Replace without an atomic exchange; see the top of this module for what a kill leaves."""
    aside = directory.with_suffix(_OLD)
    final.rename(aside)
    try:
        directory.rename(final)
    except OSError:
        aside.rename(final)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _temporary(final: Path) -> tuple[Path, int | None]:
    """Make and lock a hidden sibling; the lock tells other processes that its maker lives."""
    for _ in range(100):
        directory = final.with_name(f"{_prefix(final)}{maker()}-{secrets.token_hex(4)}{_NEW}")
        directory.mkdir()
        try:
            return directory, lock(directory)
        except OSError:  # swept by another process before it was locked
            continue
    raise OutputError(f"No temporary directory can be kept beside {final}.", remedy="Choose another output.")


def _sweep(final: Path) -> None:
    """Remove what killed processes left beside the output."""
    for directory in [*_siblings(final, _NEW), *_siblings(final, _OLD)]:
        if abandoned(directory.with_suffix(_NEW)):
            shutil.rmtree(directory, ignore_errors=True)


def _siblings(final: Path, suffix: str) -> list[Path]:
    if not final.parent.is_dir():
        return []
    names = sorted(path.name for path in final.parent.iterdir())
    return [final.with_name(name) for name in names if name.startswith(_prefix(final)) and name.endswith(suffix)]


def _prefix(final: Path) -> str:
    return f".{final.name[:60]}.totfjs-"


def _missing_parents(final: Path) -> list[Path]:
    return [parent for parent in final.parents if not parent.exists()]
