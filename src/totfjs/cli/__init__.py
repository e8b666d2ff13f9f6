"""The command line: a file per command, each thin: parse, call the API, print."""

from totfjs.cli.main import console, main

__all__ = ["console", "main"]
