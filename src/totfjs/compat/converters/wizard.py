"""`tensorflowjs.converters.wizard`: the wizard, as `python -m`."""

from __future__ import annotations

import sys

from totfjs.compat.wizard import console, main

__all__ = ["main", "pip_main"]

pip_main = console

if __name__ == "__main__":
    sys.exit(main())
