"""What a web model or a checkpoint holds: structure, dtypes, sizes, sharding, metadata."""

from totfjs.inspection.inspect import CheckpointInfo, ModelInfo, inspect

__all__ = ["CheckpointInfo", "ModelInfo", "inspect"]
