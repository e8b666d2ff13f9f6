"""Writes what a user's own page needs: a module that loads a model safely, a script that verifies it, TensorFlow.js."""

from totfjs.loader.export import Exported, export_loader
from totfjs.loader.runtime import ExportedRuntime, export_runtime

__all__ = ["Exported", "ExportedRuntime", "export_loader", "export_runtime"]
