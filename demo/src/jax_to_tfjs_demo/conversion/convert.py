"""Parameters of a model become a web model, which totfjs writes and proves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.conversion.origin import Origin
from jax_to_tfjs_demo.conversion.quantization import quantization
from jax_to_tfjs_demo.models import Model, Params

if TYPE_CHECKING:
    import totfjs

# A batch of any number of pictures, as the models take them.
INPUTS = {"image": ("b", 28, 28, 1)}


def convert(
    model: Model, params: Params, output: str | Path, origin: Origin, *, verify: str = "auto", force: bool = True
) -> totfjs.Result:
    """Writes the web model, run against its source in a real TensorFlow.js unless `verify` is "off".

    A web model that is already there is replaced; a directory with other files in it is refused.
    """
    import totfjs

    return totfjs.convert(
        model.web(params),
        output,
        inputs=INPUTS,
        quantize=quantization(origin.quantization).argument,
        metadata=origin.metadata(),
        verify=verify,
        force=force,
    )


def default_output(model: str, quantize: str) -> Path:
    """Where a web model is written when nobody says: `tfjs_models/jax_mnist`, `tfjs_models/jax_mnist_uint8`."""
    return Path("tfjs_models") / (model if quantize == "none" else f"{model}_{quantize}")
