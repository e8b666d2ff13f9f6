"""The files that the build makes of npm packages: TensorFlow.js with its driver, the wasm backend, the process host."""

from __future__ import annotations

from pathlib import Path

from totfjs.errors import MissingDependencyError


def bundled(name: str) -> Path:
    """The path of one bundled file."""
    path = Path(__file__).with_name("bundle") / name
    if not path.is_file():
        raise MissingDependencyError(
            f"The JavaScript bundle of totfjs is missing: {name}.",
            remedy="Install totfjs from a wheel, or run `pip install -e .` in its checkout, which builds the bundle.",
        )
    return path


def script() -> str:
    """TensorFlow.js and the driver, as one script."""
    return bundled("totfjs.cjs").read_text(encoding="utf-8")


def wasm() -> bytes:
    """The wasm backend's binary."""
    return bundled("web/tfjs-backend-wasm-simd.wasm").read_bytes()
