"""The command line: a file per command, each thin: parse, call the API, print."""

from totfjs.cli.main import main

__all__ = ["main"]
