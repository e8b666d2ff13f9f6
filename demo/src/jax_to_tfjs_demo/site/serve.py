"""Serves a site that was built, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.site.place import LIST
from jax_to_tfjs_demo.site.told import told

if TYPE_CHECKING:
    import totfjs


def serve(directory: Path, port: int | None = None, host: str = "127.0.0.1") -> totfjs.Server:
    """Serves the site in a directory until the result is closed: it has `url`, `wait()` and `close()`.

    Port 0 is any free one; None is 8765, or the next that is free.
    """
    import totfjs

    if not (Path(directory) / LIST).is_file():
        raise DemoError(f"There is no site in {directory}.", remedy="Build it first: app build-site.")
    with told():
        return totfjs.serve(directory, port, host=host)
