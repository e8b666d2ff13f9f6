"""Compares what a written model computes in a real TensorFlow.js with what its source computes."""

from totfjs.verification.plan import Plan, plan
from totfjs.verification.prove import Proof, begin, prove
from totfjs.verification.record import Accuracy, Row, Timing, Verification
from totfjs.verification.verify import verify

__all__ = [
    "Accuracy",
    "Plan",
    "Proof",
    "Row",
    "Timing",
    "Verification",
    "begin",
    "plan",
    "prove",
    "verify",
]
