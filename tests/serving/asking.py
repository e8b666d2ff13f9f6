"""Requests as no client library would let one write them, and their answers."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from totfjs.serving import Server


@dataclass(frozen=True)
class Answer:
    """The status, the headers in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def connected(server: Server, timeout: float = 20) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)


def raw(server: Server, request: bytes) -> bytes:
    """All that comes back until the server closes."""
    with connected(server) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := connection.recv(1 << 20):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def parsed(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} comes twice"
        headers[name.lower()] = value
    return Answer(int(first.split()[1]), headers, body)


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request on a connection of its own; `If_Range` is the header If-Range."""
    lines = {"Host": f"127.0.0.1:{server.port}", "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return parsed(raw(server, f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")))
