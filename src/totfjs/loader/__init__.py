"""Writes what a user's own page needs to load a model safely: a module, its types, and a script that verifies."""

from totfjs.loader.export import Exported, export_loader

__all__ = ["Exported", "export_loader"]
