"""A directory that appears whole or not at all, and never in the place of what somebody else wrote."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jax_to_tfjs_demo.errors import DemoError

# What lists the files of a site, with their hashes.
LIST = "site.json"


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """A new directory beside `output`, which takes its place when the body ends well, and vanishes when it does not."""
    final = Path(os.path.realpath(output))
    check(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    new = final.with_name(f".{final.name}.{secrets.token_hex(4)}.new")
    new.mkdir()
    try:
        yield new
        check(final)
        _rename(new, final)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check(directory: Path) -> None:
    """Refuses a directory with anything in it that is not of a site that was built here."""
    if not os.path.lexists(directory):
        return
    if not directory.is_dir():
        raise DemoError(f"{directory} is a file.", remedy="Name a directory for the site.")
    foreign = sorted(_foreign(directory))
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise DemoError(
            f"{directory} holds what build-site did not write, or what was changed since: "
            f"{', '.join(foreign[:3])}{more}.",
            remedy="Move it away, or name another directory.",
        )


def _foreign(directory: Path) -> Iterator[str]:
    known = listed(directory)
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(each.startswith(f"{name}/") for each in known):
                yield f"{name}/"
        elif name == LIST:
            if not known:
                yield name
        elif path.is_symlink() or known.get(name) != hash_of(path):
            yield name


def listed(directory: Path) -> dict[str, str]:
    """The files of a site with their hashes; none where there is no site."""
    try:
        files = json.loads((directory / LIST).read_bytes())["files"]
        return {str(name): str(value) for name, value in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rename(new: Path, final: Path) -> None:
    """The old one goes aside for as long as it takes, and comes back if the new one cannot be put there."""
    if not final.exists():
        new.rename(final)
        return
    aside = new.with_suffix(".old")
    final.rename(aside)
    try:
        new.rename(final)
    except OSError:
        aside.rename(final)
        raise
    shutil.rmtree(aside)
