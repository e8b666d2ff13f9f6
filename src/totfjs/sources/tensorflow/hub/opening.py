"""Opens a module, wherever it is: downloads it, unpacks it, or takes the directory as it is."""

from __future__ import annotations

from pathlib import Path

from totfjs.errors import HubError
from totfjs.sources.tensorflow.hub.cache import Entry, cache_directory
from totfjs.sources.tensorflow.hub.handle import Handle, is_handle
from totfjs.sources.tensorflow.hub.module import Module, Temporary, module_in
from totfjs.sources.tensorflow.hub.problems import damaged
from totfjs.sources.tensorflow.hub.transfer import Progress, Transfer
from totfjs.sources.tensorflow.hub.unpack import unpack


def open_module(source: str | Path, progress: Progress = lambda stage, done, total: None) -> Module:
    """The module behind an address, in an archive, or in a directory."""
    if is_handle(source):
        return _cached(Handle(str(source)), progress)
    if str(source).startswith(("gs://", "s3://")):
        raise HubError(
            f"{source} is in a store that totfjs cannot read.", remedy="Copy the module, and give its directory."
        )
    path = Path(source)
    if path.is_dir():
        return module_in(str(path), path)
    if not path.is_file():
        raise HubError(
            f"There is no module at {path}.", remedy="Give an address that begins with https://, or check the path."
        )
    return _unpacked(path, progress)


def _cached(handle: Handle, progress: Progress) -> Module:
    wanted = handle.checksum

    def fill(work: Path) -> Path:
        archive, made = work / "archive", work / "module"
        found = Transfer(handle.url, archive, handle.text, progress).run()
        if wanted and found != wanted:
            raise damaged(handle.text, f"its SHA-256 is {found}")
        unpack(handle.text, archive, made, progress)
        return module_in(handle.text, made).path

    return module_in(handle.text, Entry(cache_directory() / handle.entry).get(fill, handle.text))


def _unpacked(path: Path, progress: Progress) -> Module:
    """An archive of the user's own, unpacked for as long as the module is wanted."""
    kept = Temporary()
    made = kept.path / "module"
    try:
        unpack(str(path), path, made, progress)
        return module_in(str(path), made, kept)
    except BaseException:
        kept.remove()
        raise
