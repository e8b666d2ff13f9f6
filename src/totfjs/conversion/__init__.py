"""Conversion of a source to a target, and the proof of the result."""

from totfjs.conversion.checks import read_metadata
from totfjs.conversion.document import model_json
from totfjs.conversion.result import Result, Tensor
from totfjs.conversion.steps import convert

__all__ = ["Result", "Tensor", "convert", "model_json", "read_metadata"]
