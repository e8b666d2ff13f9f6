"""What goes wrong when the code that the user names is imported."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from totfjs.errors import MissingDependencyError, SourceError, TotfjsError

# The extra that brings each framework.
_EXTRAS = {"jax": "jax", "jaxlib": "jax", "flax": "flax"}


@contextmanager
def running(name: str) -> Iterator[None]:
    """Turns whatever the user's module raises while it is imported into an error that names the line."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing(name, error) from error
    except (Exception, SystemExit) as error:
        raise SourceError(
            f"Importing {name!r} failed: {_said(error)}.",
            remedy="Correct this line, or move what it does out of the import.",
            place=_place(error),
        ) from error


def _missing(name: str, error: ModuleNotFoundError) -> TotfjsError:
    wanted = error.name or ""
    if wanted and (name == wanted or name.startswith(f"{wanted}.")):
        return SourceError(
            f"There is no module {name!r}.", remedy="Run from the directory that holds it, or install it."
        )
    framework = wanted.partition(".")[0]
    if framework in _EXTRAS:
        return MissingDependencyError(
            f"{name!r} imports {framework}, which is not installed.",
            remedy=f"Run `pip install 'totfjs[{_EXTRAS[framework]}]'`.",
            place=_place(error),
        )
    remedy = f"Install {wanted or 'it'} in this environment."
    if _through_keras(error):
        remedy = "Set KERAS_BACKEND=jax in the environment: Keras looks for another backend."
    return SourceError(
        f"Importing {name!r} failed: {_said(error)}.",
        remedy=remedy,
        place=_place(error),
    )


def _through_keras(error: BaseException) -> bool:
    """Whether it is Keras that misses its backend."""
    frames = traceback.extract_tb(error.__traceback__)
    return any("/keras/src/backend/" in frame.filename.replace("\\", "/") for frame in frames)


def _said(error: BaseException) -> str:
    kind = type(error).__name__
    message = (error.msg if isinstance(error, SyntaxError) else str(error)).strip().partition("\n")[0]
    return f"{kind}: {message.removesuffix('.')}" if message else kind


def _place(error: BaseException) -> str:
    """`file:line` of the user's code at which it failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if not _of_others(frame.filename)]
    return f"{mine[-1].filename}:{mine[-1].lineno}" if mine else ""


def _of_others(filename: str) -> bool:
    """Whether a frame is the machinery of imports, an installed package, or totfjs."""
    machinery = filename.startswith("<frozen") or "importlib" in filename
    return machinery or "site-packages" in filename or "/totfjs/sources/" in filename.replace("\\", "/")
