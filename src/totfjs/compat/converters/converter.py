"""`tensorflowjs.converters.converter`: the command line as a function, and as `python -m`."""

from __future__ import annotations

import sys

from totfjs.compat.cli import console, convert, main

__all__ = ["convert", "main", "pip_main"]

pip_main = console

if __name__ == "__main__":
    sys.exit(main())
