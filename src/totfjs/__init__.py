"""totfjs compiles JAX, Flax, Keras and TensorFlow models to TensorFlow.js and proves the result."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from totfjs.conversion import Result, convert
    from totfjs.errors import TotfjsError
    from totfjs.inspection import inspect
    from totfjs.loader import export_loader, export_runtime
    from totfjs.runtime.run import run_model as run
    from totfjs.serving import Server, serve
    from totfjs.verification import Verification
    from totfjs.verification.bisect import Bisection
    from totfjs.verification.bisect.bisect import bisect
    from totfjs.verification.verify import verify

__version__ = "0.1.0"

__all__ = [
    "Bisection",
    "Result",
    "Server",
    "TotfjsError",
    "Verification",
    "__version__",
    "bisect",
    "convert",
    "export_loader",
    "export_runtime",
    "inspect",
    "run",
    "serve",
    "verify",
]

# Each name is imported when it is first used: `import totfjs` and `totfjs --help` stay instant.
_HOMES = {
    "Bisection": ("totfjs.verification.bisect", "Bisection"),
    "Result": ("totfjs.conversion", "Result"),
    "Server": ("totfjs.serving", "Server"),
    "TotfjsError": ("totfjs.errors", "TotfjsError"),
    "Verification": ("totfjs.verification", "Verification"),
    "bisect": ("totfjs.verification.bisect", "bisect"),
    "convert": ("totfjs.conversion", "convert"),
    "export_loader": ("totfjs.loader", "export_loader"),
    "export_runtime": ("totfjs.loader", "export_runtime"),
    "inspect": ("totfjs.inspection", "inspect"),
    "run": ("totfjs.runtime.run", "run_model"),
    "serve": ("totfjs.serving", "serve"),
    "verify": ("totfjs.verification", "verify"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'totfjs' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
