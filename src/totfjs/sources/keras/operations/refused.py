"""Operations that are refused, and why."""

from __future__ import annotations

from totfjs.sources.keras.layers.kind import Rule
from totfjs.sources.keras.use import Use

_SHAPE = "how many elements it gives depends on the data, and TensorFlow.js models are built for shapes that are known"
_CODE = "it calls Python code, which totfjs never runs from a file"
_COMPLEX = "it gives or takes complex numbers, which a Keras file does not describe well enough"
_SIGNS = "what it gives is not the same from one library of linear algebra to another"
_ITERATION = "its iteration ends when the data says so, and no fixed number of rounds does for all matrices"
_ABSENT = "totfjs has no lowering for it"

REFUSED: dict[str, str] = {
    **dict.fromkeys(("Nonzero", "Unique", "Bincount"), _SHAPE),
    **dict.fromkeys(("Map", "Scan", "AssociativeScan", "Switch", "WhileLoop", "ForiLoop", "Cond", "VectorizedMap",
                     "JVP"), _CODE),
    **dict.fromkeys(("FFT", "FFT2", "IFFT2", "RFFT", "IRFFT", "STFT", "ISTFT", "Polar", "ViewAsComplex", "ViewAsReal",
                     "Angle", "Imag"), _COMPLEX),
    "Eig": _ITERATION,
    **dict.fromkeys(("LuFactor", "Argpartition"), _SIGNS),
    "ElasticTransform": "what it gives is random, at inference too",
    **dict.fromkeys(("Arange", "CTCDecode", "CTCLoss", "CholeskyInverse", "Corrcoef", "Correlate", "Fold",
                     "Unfold", "Gcd", "Lcm", "Geomspace", "Linspace", "Logspace", "Histogram", "Lstsq", "MatrixRank",
                     "Pinv", "Nanmedian", "Nanpercentile", "Nanquantile", "Ndim",
                     "Size", "View", "AffineTransform", "MapCoordinates", "PerspectiveTransform", "GaussianBlur",
                     "ScaleAndTranslate", "SobelEdges", "SSIM"), _ABSENT),
}  # fmt: skip


def _refusing(reason: str) -> Rule:
    def lowered(use: Use) -> None:
        raise use.refuse(reason)

    return lowered


OPERATIONS: dict[str, Rule] = {f"ops.{name}": _refusing(reason) for name, reason in REFUSED.items()}
