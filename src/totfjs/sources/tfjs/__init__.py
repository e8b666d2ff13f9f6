"""An existing web model as a source: to compare it, to cut its weights anew, to quantize it."""

from totfjs.sources.tfjs.read import read_web_model
from totfjs.sources.tfjs.web_model import WebModel

__all__ = ["WebModel", "read_web_model"]
