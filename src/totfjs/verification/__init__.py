"""Compares what a written model computes in a real TensorFlow.js with what its source computes."""

from totfjs.verification.plan import Plan, plan
from totfjs.verification.prove import prove
from totfjs.verification.record import Row, Verification
from totfjs.verification.verify import verify

__all__ = ["Plan", "Row", "Verification", "plan", "prove", "verify"]
