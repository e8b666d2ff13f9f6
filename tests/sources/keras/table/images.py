"""Images cut and resized in every way, and augmentation, which does nothing at inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import Row, floats, integers, model, row


def pixels(*shape: int) -> np.ndarray:
    """Brightnesses from 0 to 255."""
    return np.random.default_rng(list(shape)).uniform(0, 255, shape).astype(np.float32)


def of_any_size(label: str, layer: Callable[[], Any], images: np.ndarray, **properties: Any) -> Row:
    """A layer in a model whose images have no fixed size."""

    def make() -> Any:
        image = Input((None, None, images.shape[3]))
        return Model(image, layer()(image))

    return model(label, make, images, **properties)


def resizing(*size: int, **arguments: Any) -> Callable[[], Any]:
    """A Resizing layer, to be made."""
    return lambda: layers.Resizing(*size, **arguments)


METHODS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
RESIZING = [
    *(
        row(
            f"Resizing/{method} {size}{' antialias' if smooth else ''}",
            resizing(*size, interpolation=method, antialias=smooth),
            (5, 7, 2),
        )
        for method in METHODS
        for size in ((8, 10), (3, 4), (9, 3), (1, 1))
        for smooth in ((False, True) if method != "nearest" else (False,))
    ),
    row("Resizing/same size", resizing(5, 7), (5, 7, 2)),
    row("Resizing/channels first", resizing(3, 9, data_format="channels_first"), (2, 5, 7)),
    row(
        "Resizing/channels first, bicubic",
        resizing(3, 9, interpolation="bicubic", data_format="channels_first"),
        (2, 5, 7),
    ),
    row("Resizing/integers", resizing(10, 14), integers(0, 255, 2, 5, 7, 3)),
    row("Resizing/integers, nearest", resizing(4, 9, interpolation="nearest"), integers(0, 255, 2, 5, 7, 3)),
    row(
        "Resizing/integers, bicubic",
        resizing(4, 9, interpolation="bicubic"),
        integers(0, 255, 2, 5, 7, 3),
        refused="how many bits",
    ),
    *(
        row(f"Resizing/{kind} {shape} to {size}", resizing(*size, **{f"{kind}_to_aspect_ratio": True}), shape)
        for kind in ("crop", "pad")
        for shape, size in (((5, 9, 2), (4, 4)), ((9, 5, 2), (4, 6)), ((6, 6, 1), (3, 3)), ((1, 8, 1), (5, 2)))
    ),
    row(
        "Resizing/pad with 7",
        resizing(4, 4, pad_to_aspect_ratio=True, fill_value=7.0, interpolation="nearest"),
        (5, 9, 2),
    ),
    row(
        "Resizing/pad, channels first",
        resizing(4, 4, pad_to_aspect_ratio=True, fill_value=2.0, data_format="channels_first"),
        (2, 5, 9),
    ),
    of_any_size("Resizing/any size", resizing(4, 6), floats(2, 7, 5, 3)),
    of_any_size("Resizing/any size, nearest", resizing(4, 6, interpolation="nearest"), floats(2, 7, 5, 3)),
    of_any_size("Resizing/any size, crop", resizing(4, 6, crop_to_aspect_ratio=True), floats(2, 7, 5, 3)),
    of_any_size("Resizing/any size, pad", resizing(4, 6, pad_to_aspect_ratio=True), floats(2, 7, 5, 3)),
    of_any_size(
        "Resizing/any size, bicubic",
        resizing(4, 6, interpolation="bicubic"),
        floats(2, 7, 5, 3),
        refused="needs to know",
    ),
]
CROPS = [
    row("CenterCrop", lambda: layers.CenterCrop(3, 4), (6, 7, 2)),
    row("CenterCrop/odd", lambda: layers.CenterCrop(2, 7), (5, 7, 2)),
    row("CenterCrop/channels first", lambda: layers.CenterCrop(3, 4, data_format="channels_first"), (2, 6, 7)),
    row("CenterCrop/integers", lambda: layers.CenterCrop(3, 4), integers(0, 255, 2, 5, 7, 3)),
    row("CenterCrop/too large", lambda: layers.CenterCrop(8, 4), (6, 7, 2)),
    row("CenterCrop/much too large", lambda: layers.CenterCrop(9, 12), (6, 7, 2)),
    of_any_size(
        "CenterCrop/any size", lambda: layers.CenterCrop(3, 4), floats(2, 7, 5, 3), refused="depends on their size"
    ),
]
AUGMENTING = {
    "AugMix": (), "CutMix": (), "MixUp": (), "RandAugment": (), "RandomBrightness": (0.3,),
    "RandomColorDegeneration": (0.3,), "RandomColorJitter": (), "RandomContrast": (0.3,), "RandomCrop": (3, 4),
    "RandomElasticTransform": (), "RandomErasing": (), "RandomFlip": (), "RandomGaussianBlur": (),
    "RandomGrayscale": (), "RandomHue": (0.3,), "RandomInvert": (), "RandomPerspective": (),
    "RandomPosterization": (3,), "RandomRotation": (0.2,), "RandomSaturation": (0.3,), "RandomSharpness": (0.3,),
    "RandomShear": (0.2, 0.2), "RandomTranslation": (0.2, 0.2), "RandomZoom": (0.2,), "Solarization": (0.3, 0.3),
}  # fmt: skip
UNPICKLED = ("RandomBrightness", "RandomColorDegeneration", "RandomPosterization", "RandomSaturation",
             "RandomSharpness", "Solarization")  # fmt: skip
SILENT = [
    row(
        f"{name}/{kind}",
        lambda name=name, given=given: getattr(layers, name)(*given),
        images,
        hdf5=name not in UNPICKLED,
    )
    for name, given in AUGMENTING.items()
    for kind, images in (("floats", pixels(2, 5, 6, 3)), ("integers", integers(0, 255, 2, 5, 6, 3)))
]
CONTRAST = [
    row("AutoContrast", lambda: layers.AutoContrast(), pixels(2, 4, 5, 3)),
    row("AutoContrast/value_range", lambda: layers.AutoContrast(value_range=(0, 1)), pixels(2, 4, 5, 3) / 255),
    row("AutoContrast/one colour", lambda: layers.AutoContrast(), np.full((2, 4, 5, 3), 9, np.float32)),
    row("AutoContrast/integers", lambda: layers.AutoContrast(), integers(0, 200, 2, 4, 5, 3)),
]
ROWS = [*RESIZING, *CROPS, *SILENT, *CONTRAST]
