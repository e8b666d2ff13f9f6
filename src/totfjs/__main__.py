"""`python -m totfjs`."""

from totfjs.cli import console

console()
