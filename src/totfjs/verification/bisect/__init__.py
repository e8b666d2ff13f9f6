"""Names the first node at which a web model goes wrong, and who is to blame."""

from totfjs.verification.bisect.bisect import bisect
from totfjs.verification.bisect.record import Bisection, Finding, Range, Step

__all__ = ["Bisection", "Finding", "Range", "Step", "bisect"]
