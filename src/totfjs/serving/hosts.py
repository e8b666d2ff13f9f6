"""Which names a browser may call this server by: a page whose own name is made to lead here must not read a model."""

from __future__ import annotations

import ipaddress
import re
import socket

_HOST = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:\[\]/@]+)(?::\d{1,5})?")


def name_in(header: str) -> str | None:
    """The name or address in a `Host` header, without the port; None where it is no such header."""
    match = _HOST.fullmatch(header.strip())
    return match[1].strip("[]").rstrip(".").lower() if match else None


def is_address(name: str) -> bool:
    """Whether this is a number rather than a name, which nobody can point somewhere else."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether only this machine can be meant."""
    if is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def is_ours(name: str, host: str) -> bool:
    """Whether a client may call the server by this name, when it was told to listen at `host`."""
    if is_address(name) or is_loopback(name) or name == host.lower():
        return True
    own = socket.gethostname().lower()
    return not is_loopback(host) and name in (own, f"{own}.local")
