"""What a web model, a Keras file, a checkpoint or a StableHLO module holds: structure, dtypes, sizes, metadata."""

from totfjs.inspection.inspect import CheckpointInfo, ModelInfo, inspect
from totfjs.inspection.module import ModuleInfo

__all__ = ["CheckpointInfo", "ModelInfo", "ModuleInfo", "inspect"]
