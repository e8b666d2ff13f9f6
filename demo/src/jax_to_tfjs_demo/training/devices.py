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

    def parts(self, images: int) -> int:
        """In how many parts a model had better take so many images: XLA uses one core of a CPU for a convolution."""
        alone = len(self) == 1 and self.mesh.devices.flat[0].platform == "cpu"
        return 2 if alone and images % 2 == 0 else 1

    @property
    def whole(self) -> NamedSharding:
        """How arrays lie that are whole on each device."""
        return NamedSharding(self.mesh, PartitionSpec())

    def everywhere(self, tree: Any) -> Any:
        """Arrays which every process has, whole on each device."""
        return jax.tree.map(self._everywhere, tree)

    def shared(self, batch: jax.Array) -> jax.Array:
        """An array inside of a compiled function, of which each device computes its part."""
        return jax.lax.with_sharding_constraint(batch, NamedSharding(self.mesh, PartitionSpec("batch")))

    def _everywhere(self, array: Any) -> jax.Array:
        # what device_put does, but without sending everything around to compare it
        known = np.asarray(array)
        return jax.make_array_from_callback(known.shape, self.whole, lambda index: known[index])


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
