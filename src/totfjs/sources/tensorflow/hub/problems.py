"""What is said of modules that cannot be had, or that are damaged or hostile."""

from __future__ import annotations

from totfjs.errors import HubError, UnsafeHubError

_BY_HAND = "Download the module in a browser, and give its directory or .tar.gz file."


def damaged(label: str, what: str) -> HubError:
    """The error for an archive that is cut short or contradicts itself."""
    return HubError(f"{label} is damaged: {what}.", remedy="Download it again.")


def unsafe(label: str, what: str) -> UnsafeHubError:
    """The error for an archive which reaches beyond the directory into which it is unpacked."""
    return UnsafeHubError(f"{label} is refused: {what}.", remedy="Get the module from its publisher.")


def foreign(label: str, what: str) -> HubError:
    """The error for something that is sound, but no module."""
    return HubError(
        f"{label} is {what}.", remedy="Give the address or the directory of a module, with a saved_model.pb in it."
    )


def unreached(url: str, why: str, remedy: str = _BY_HAND) -> HubError:
    """The error for a module that did not come."""
    return HubError(f"{url} cannot be downloaded: {why}.", remedy=remedy)
