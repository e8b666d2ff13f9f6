"""From a checkpoint to a web model."""

from jax_to_tfjs_demo.conversion.convert import INPUTS, convert, default_output
from jax_to_tfjs_demo.conversion.origin import Origin, origin_of
from jax_to_tfjs_demo.conversion.parameters import count, fingerprint
from jax_to_tfjs_demo.conversion.quantization import NAMES, QUANTIZATIONS, Quantization, quantization

__all__ = [
    "INPUTS",
    "NAMES",
    "QUANTIZATIONS",
    "Origin",
    "Quantization",
    "convert",
    "count",
    "default_output",
    "fingerprint",
    "origin_of",
    "quantization",
]
