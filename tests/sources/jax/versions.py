"""What tests use of JAX and Flax that the oldest versions have under another name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import jax

shard_map: Any = jax.shard_map if hasattr(jax, "shard_map") else import_module("jax.experimental.shard_map").shard_map
new_ref: Any = jax.new_ref if hasattr(jax, "new_ref") else import_module("jax._src.core").mutable_array
