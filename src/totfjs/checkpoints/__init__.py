"""Reads checkpoints lazily and without the model's code: Orbax, Flax msgpack, safetensors, npz."""

from totfjs.checkpoints.checkpoint import Checkpoint, leaves, parameters, training_only
from totfjs.checkpoints.read import left_out, read_checkpoint, read_named, read_parameters

__all__ = [
    "Checkpoint",
    "leaves",
    "left_out",
    "parameters",
    "read_checkpoint",
    "read_named",
    "read_parameters",
    "training_only",
]
