"""What a web model, a Keras file, a checkpoint or a StableHLO module holds: structure, dtypes, sizes, metadata."""

from totfjs.inspection.checkpoint import CheckpointInfo
from totfjs.inspection.inspect import inspect
from totfjs.inspection.module import ModuleInfo
from totfjs.inspection.web_model import ModelInfo, inspect_web_model

__all__ = ["CheckpointInfo", "ModelInfo", "ModuleInfo", "inspect", "inspect_web_model"]
