"""The page that a digit is drawn in, as static files: built from web models, and served."""

from jax_to_tfjs_demo.site.build import Site, build
from jax_to_tfjs_demo.site.entry import Accuracy, Entry
from jax_to_tfjs_demo.site.serve import serve

__all__ = ["Accuracy", "Entry", "Site", "build", "serve"]
