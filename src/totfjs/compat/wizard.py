"""`tensorflowjs_wizard`: the wizard of totfjs, under its old name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from totfjs.cli import wizard
from totfjs.cli.main import outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, show the command, and run it; with `--dryrun` only show it."""
    parser = argparse.ArgumentParser("tensorflowjs_wizard", description=wizard.HELP)
    wizard.add_arguments(parser)
    options = parser.parse_args(arguments)
    return outcome(lambda: wizard.run(options))


def console() -> NoReturn:
    """Run the command line of this process."""
    sys.exit(main())
