"""What goes wrong while a model is traced, as an error with the line of the user's code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from totfjs.errors import TotfjsError, TraceError
from totfjs.sources.jax import _compat


@contextmanager
def tracing(name: str) -> Iterator[None]:
    """Turns whatever is raised in this context into a TraceError that names the user's line."""
    try:
        with _compat.thirty_two_bits():
            yield
    except TotfjsError:
        raise
    except Exception as error:
        raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> TraceError:
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if not _compat.of_library(frame.filename)]
    place = f"{mine[-1].filename}:{mine[-1].lineno}" if mine else ""
    kind = type(error).__name__
    message = str(error).strip().partition("\n")[0].removesuffix(".")
    return TraceError(
        f"{name} cannot be traced: {kind}: {message}.",
        remedy=_remedy(kind, message, of_user=bool(mine) and mine[-1] is frames[-1]),
        place=place,
    )


def _remedy(kind: str, message: str, *, of_user: bool) -> str:
    """What to do about an error; `of_user` says that the user's own line raised it."""
    inconclusive = kind == "InconclusiveDimensionOperation" or "symbolic" in message.lower()
    if inconclusive or (kind == "KeyError" and not of_user):
        return "Give this dim as a number, or as a multiple such as 32*h, or constrain what the line decides."
    if kind == "TracerArrayConversionError":
        return "Use jax.numpy here: numpy needs values, which are not known while a model is compiled."
    if kind.startswith(("Tracer", "Concretization")):
        return "Decide with jax.numpy.where or jax.lax.cond: values are not known while a model is compiled."
    return "Call the function once with arrays of the described shapes: it has to work under jax.jit."
