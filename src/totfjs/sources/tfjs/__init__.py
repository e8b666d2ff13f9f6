"""An existing web model as a source: to compare it, to cut its weights anew, to quantize it."""

from totfjs.sources.tfjs.web_model import WebModel

__all__ = ["WebModel"]
