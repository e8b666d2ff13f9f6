"""Fourier transforms, along the last axes."""

from __future__ import annotations

from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import fourier
from totfjs.recipes.complex import Complex
from totfjs.sources.jax.equation import ComplexRule, Equation, size_of


def fft(eqn: Equation, x: Any) -> Tensor | Complex:
    """The transform that the equation names; an imaginary part which is a constant 0 is left as it is, and left out."""
    axes = len(eqn.params["fft_lengths"])
    kind = eqn.params["fft_type"].name.lower()
    if kind == "rfft":
        return fourier.rfft(eqn.full(x), axes)
    whole = Complex(eqn.full(x.real), x.imag)
    if kind == "irfft":
        return fourier.irfft(whole, _length(eqn), axes)
    return {"fft": fourier.fft, "ifft": fourier.ifft}[kind](whole, axes)


def _length(eqn: Equation) -> int:
    length = size_of(eqn.params["fft_lengths"][-1])
    if not isinstance(length, int):
        raise OpError(f"it makes a dim of unknown size, {length}: a Fourier transform takes a fixed number of elements")
    return length


RULES: dict[str, ComplexRule] = {"fft": fft}
