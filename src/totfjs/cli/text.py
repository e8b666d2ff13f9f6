"""How results read on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totfjs.verification import Verification


def plural(count: int, word: str) -> str:
    """`1 row`, `10,000 rows`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def describe_verification(verification: Verification, path: str) -> str:
    """`verified` with the measured error, or that it is not verified and how to do it, or what is wrong.

    `path` is that of a web model which can be verified later; empty where there is none.
    """
    if verification.passed is None:
        reason = "; ".join(dict.fromkeys(verification.not_run.values()))
        how = f"\n  fix: totfjs verify {path} --against SOURCE" if path else ""
        return f"written, not verified: {reason}{how}"
    if not verification.passed:
        rows = [f"  {row.backend} {_sizes(dict(row.sizes))}{row.output}: {row.reason}" for row in verification.failures]
        return "\n".join([f"VERIFICATION FAILED against {verification.against}", *rows, *_unexplained(verification)])
    where = ", ".join(verification.backends)
    text = f"verified on {where} against {verification.against}"
    if verification.max_abs_error is not None:
        text += f": max abs error {verification.max_abs_error:.2g}"
    for name, reason in {row.output: row.reason for row in verification.rows if row.reason}.items():
        text += f"\n  {name} is {reason}"
    if verification.deviation is not None:
        text += f"\n  quantization moves the outputs by {verification.deviation:.2g} of the largest value"
    if verification.not_run:
        text += "\n  not run: " + "; ".join(f"{name} ({reason})" for name, reason in verification.not_run.items())
    return text


def _unexplained(verification: Verification) -> list[str]:
    """That quantization does more than its rounding explains."""
    if not verification.unexplained:
        return []
    told = f"{verification.deviation:.2g} of the largest value, more than the {verification.explained:.2g}"
    return [f"  quantization moves the outputs by {told} that rounding explains"]


def _sizes(sizes: dict[str, int]) -> str:
    return "".join(f"{name}={size} " for name, size in sizes.items())
