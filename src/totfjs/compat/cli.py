"""`tensorflowjs_converter`: reads its command line, and does what the user meant by it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from totfjs.cli.convert import describe
from totfjs.cli.main import outcome
from totfjs.cli.progress import progress
from totfjs.compat.arguments import normal
from totfjs.compat.asked import request_of
from totfjs.compat.flags import parser
from totfjs.compat.request import Request, command, perform
from totfjs.compat.versions import versions
from totfjs.compat.weights_only import holds_only_weights, write_without_model
from totfjs.conversion import Result
from totfjs.errors import TotfjsError, UsageError


def convert(arguments: Sequence[str]) -> Result | None:
    """Do what a command line says: the words after `tensorflowjs_converter`. None when it only asks for versions."""
    options = parser().parse_args(normal(arguments))
    if options.show_version:
        sys.stdout.write(versions())
        return None
    return _converted(request_of(options))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, and say what came of it: 0 done, 1 refused, 2 usage, 3 written but wrong."""
    return outcome(lambda: _run(sys.argv[1:] if arguments is None else arguments))


def console() -> NoReturn:
    """Run the command line of this process."""
    sys.exit(main())


def _run(arguments: Sequence[str]) -> int:
    result = convert(arguments)
    if result is None:
        return 0
    sys.stdout.write(f"{describe(result)}\n")
    return 3 if result.verification.passed is False else 0


def _converted(request: Request) -> Result:
    try:
        if holds_only_weights(request):
            return write_without_model(request)
        with progress() as report:
            return perform(request, report)
    except UsageError:
        raise
    except TotfjsError as error:
        error.said = command(request)
        raise
