"""`totfjs`: finds the command, and turns errors into messages and exit codes."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from totfjs import __version__
from totfjs.cli import convert, doctor, export_loader, inspect, run, serve, verify, wizard
from totfjs.errors import TotfjsError, UsageError

DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
COMMANDS = {
    "convert": convert,
    "verify": verify,
    "run": run,
    "inspect": inspect,
    "serve": serve,
    "export-loader": export_loader,
    "wizard": wizard,
    "doctor": doctor,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0: done; 1: refused; 2: usage; 3: written, but the result is not what the source computes."""
    chosen = _parser().parse_args(arguments)
    return outcome(lambda: COMMANDS[chosen.command].run(chosen))


def outcome(run: Callable[[], int]) -> int:
    """The exit code of what is run; errors become messages."""
    try:
        code = run()
        sys.stdout.flush()
    except TotfjsError as error:
        _print_error(error)
        return USAGE if isinstance(error, UsageError) else REFUSED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output is gone: nothing is left to say, nor to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    return code


def console() -> NoReturn:
    """Runs one command as a program of its own."""
    gc.set_threshold(100_000, 50, 100)  # the frameworks make a million objects that stay: looking for garbage is slow
    code = main()
    gc.freeze()  # else the interpreter goes through all of them once more before it ends
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="totfjs",
        description="Compiles JAX and Flax models to TensorFlow.js, and proves the result in a real TensorFlow.js.",
        epilog="totfjs COMMAND --help says more.",
    )
    parser.add_argument("--version", action="version", version=f"totfjs {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
    return parser


def _print_error(error: TotfjsError) -> None:
    what, *rest = str(error).splitlines()
    print(f"error[{error.code}]: {what}", *rest, sep="\n", file=sys.stderr)
