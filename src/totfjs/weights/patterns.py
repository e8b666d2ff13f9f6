"""Which weights are quantized: dtypes by name pattern, as the official converter resolves them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from totfjs.errors import QuantizationError

DTYPES = ("uint8", "uint16", "float16")


@dataclass(frozen=True)
class Quantization:
    """Dtypes by pattern of weight names (`*` also matches `/`), and the dtype of all the `rest`, if any.

    What a pattern names is quantized as the official converter does. The rest leaves single numbers (epsilons,
    scales) alone: quantizing them saves nothing.
    """

    patterns: tuple[tuple[str, str], ...] = ()
    rest: str | None = None

    def __post_init__(self) -> None:
        for dtype in [dtype for _, dtype in self.patterns] + ([self.rest] if self.rest else []):
            if dtype not in DTYPES:
                raise QuantizationError(
                    f"Weights cannot be quantized to {dtype!r}.", remedy=f"Use {', '.join(DTYPES)}."
                )

    def choose(self, names: Sequence[str]) -> dict[str, str]:
        """Return the dtype of each weight that a pattern names; refuse conflicts and patterns that name nothing."""
        chosen: dict[str, tuple[str, str]] = {}
        for pattern, dtype in self.patterns:
            matching = [name for name in names if fnmatchcase(name, pattern)]
            if not matching:
                raise _unused(pattern, names)
            for name in matching:
                earlier, other = chosen.setdefault(name, (pattern, dtype))
                if other != dtype:
                    raise QuantizationError(
                        f"Weight {name!r} is matched by {earlier!r} ({other}) and by {pattern!r} ({dtype}).",
                        remedy="Make the patterns disjoint, or give one dtype without a pattern: it takes the rest.",
                    )
        return {name: dtype for name, (_, dtype) in chosen.items()}


Request = str | Sequence[str] | Mapping[str, str] | Quantization | None


def as_quantization(request: Request) -> Quantization:
    """Read what the user wrote: "uint8", {"dense/*": "uint8"}, or ["uint8:dense/*", "float16"]."""
    if request is None:
        return Quantization()
    if isinstance(request, Quantization):
        return request
    if isinstance(request, Mapping):
        return Quantization(tuple(request.items()))
    if not isinstance(request, str | Iterable):
        raise QuantizationError(f"Weights cannot be quantized to {request!r}.", remedy=f"Use {', '.join(DTYPES)}.")
    parts = [request] if isinstance(request, str) else list(request)
    pairs = [(pattern, dtype) for dtype, colon, pattern in (part.partition(":") for part in parts) if colon]
    bare = [part for part in parts if ":" not in part]
    if len(set(bare)) > 1:
        raise QuantizationError(
            f"Only one dtype can be given without a pattern, not {', '.join(bare)}.",
            remedy="Give all but one of them a pattern of weight names, as in uint8:dense/*.",
        )
    return Quantization(tuple(pairs), bare[0] if bare else None)


def _unused(pattern: str, names: Sequence[str]) -> QuantizationError:
    near = difflib.get_close_matches(pattern, names, n=3, cutoff=0.5) or list(names[:3])
    remedy = f"Name weights, such as {', '.join(near)}." if near else "Leave quantization out: there are no weights."
    return QuantizationError(f"The pattern {pattern!r} matches no weight.", remedy=remedy)
