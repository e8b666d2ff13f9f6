"""What `--version` says."""

from __future__ import annotations

from totfjs import __version__
from totfjs.compat.version import version


def versions() -> str:
    """The version of the command line that is kept here, and those of what does the work."""
    from importlib import metadata

    def installed(name: str) -> str:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return "not installed"

    lines = [f"\ntensorflowjs {version}\n", "Dependency versions:", f"  totfjs {__version__}"]
    return "\n".join([*lines, f"  keras {installed('keras')}", "  tensorflow not needed", ""])
