"""How right a web model is, on all test images, in real TensorFlow.js."""

from jax_to_tfjs_demo.verification.bars import bar
from jax_to_tfjs_demo.verification.compare import Comparison, Score, compare
from jax_to_tfjs_demo.verification.measured import Measured, note, noted
from jax_to_tfjs_demo.verification.quantizations import compared
from jax_to_tfjs_demo.verification.sizes import Sizes, files_of, sizes_of

__all__ = [
    "Comparison",
    "Measured",
    "Score",
    "Sizes",
    "bar",
    "compare",
    "compared",
    "files_of",
    "note",
    "noted",
    "sizes_of",
]
