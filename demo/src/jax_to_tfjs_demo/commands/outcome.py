"""How a command ends: its exit status, and errors as two lines instead of a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from jax_to_tfjs_demo.commands.command import Command
from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.terminal import colours

DONE, REFUSED, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130


def run(command: Command, words: Sequence[str]) -> int:
    """Runs a command with its words. 0: done; 1: refused; 2: usage; 3: not what it should be; 130: Ctrl-C."""
    return outcome(lambda: command.run(command.parser().parse_args(words)), stopped=command.stopped)


def outcome(call: Callable[[], int], *, stopped: str = "") -> int:
    """The exit status of a call; what goes wrong is printed."""
    try:
        status = call()
        sys.stdout.flush()
    except SystemExit as ended:  # of --help and --version
        return int(ended.code or 0)
    except DemoError as error:
        tell(error.message, error.remedy)
        return USAGE if isinstance(error, UsageError) else REFUSED
    except KeyboardInterrupt as interrupt:
        print(f"\nStopped. {str(interrupt) or stopped}".rstrip(), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output is gone: nothing is left to say, nor to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        tell(f"{place}{error.strerror or error}.", "Look at the path, its permissions, and the room on the disk.")
        return REFUSED
    except Exception as error:
        return _of_totfjs(error)
    return status


def tell(message: str, remedy: str) -> None:
    """An error on standard error: what is wrong, and what to type next."""
    style = colours(sys.stderr)
    print(f"{style.red('error:')} {message}", file=sys.stderr)
    if remedy:
        print(f"  {style.cyan('fix:')} {remedy}", file=sys.stderr)


def _of_totfjs(error: Exception) -> int:
    """Prints what totfjs refuses; anything else is a fault of ours, and is raised again."""
    if "totfjs" not in sys.modules:
        raise error
    from totfjs import TotfjsError

    if not isinstance(error, TotfjsError):
        raise error
    what, *rest = str(error).splitlines()
    remedy = " ".join(line.strip().removeprefix("fix: ") for line in rest)
    tell(what, remedy)
    return USAGE if error.code == "USAGE" else REFUSED
