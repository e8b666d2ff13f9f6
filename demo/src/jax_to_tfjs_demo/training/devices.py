"""Where a training runs: each batch is shared out among all devices of all processes, and each holds all parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jax_to_tfjs_demo.errors import DemoError


@dataclass(frozen=True)
class Devices:
    """A row of devices, by which the first axis of a batch is divided."""

    mesh: Mesh

    def __len__(self) -> int:
        return int(self.mesh.size)

    def __str__(self) -> str:
        return f"{len(self)} × {self.mesh.devices.flat[0].device_kind}"

    def everywhere(self, tree: Any) -> Any:
        """Arrays as they are, whole on each device."""
        return jax.device_put(tree, NamedSharding(self.mesh, PartitionSpec()))

    def shared(self, batch: jax.Array) -> jax.Array:
        """An array inside of a compiled function, of which each device computes its part."""
        return jax.lax.with_sharding_constraint(batch, NamedSharding(self.mesh, PartitionSpec("batch")))


def all_devices(batch_size: int) -> Devices:
    """All that there are, in all processes; an error where the batch does not divide among them."""
    devices = jax.devices()
    if batch_size % len(devices):
        nearest = -(-batch_size // len(devices)) * len(devices)
        raise DemoError(
            f"Batches of {batch_size} images do not divide among {len(devices)} devices.",
            remedy=f"Type --batch-size {nearest}.",
        )
    return Devices(Mesh(np.array(devices), ("batch",)))
