"""Serves a web model and a page that runs it, to this machine and nothing else unless the user says so."""

from totfjs.serving.server import Server, serve

__all__ = ["Server", "serve"]
