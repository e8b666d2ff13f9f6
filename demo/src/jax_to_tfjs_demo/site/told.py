"""What totfjs refuses, as an error of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jax_to_tfjs_demo.errors import DemoError


@contextmanager
def told() -> Iterator[None]:
    """Lets errors that totfjs raises on purpose be said as the demo says its own."""
    import totfjs

    try:
        yield
    except totfjs.TotfjsError as error:
        raise DemoError(error.what, remedy=error.remedy or "See docs/errors of totfjs.") from error
