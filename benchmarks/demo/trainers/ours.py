"""A model of the demo, by the demo's own compiled epoch: `ours.py DATA MODEL`."""

from __future__ import annotations

import sys

import numpy as np
from turns import take

from jax_to_tfjs_demo.data import Dataset
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.data import training_part
from jax_to_tfjs_demo.training.devices import all_devices
from jax_to_tfjs_demo.training.epoch import compiled
from jax_to_tfjs_demo.training.settings import Settings
from jax_to_tfjs_demo.training.state import created

with np.load(sys.argv[1]) as arrays:
    images, labels = arrays["images"], arrays["labels"]
settings = Settings()
model, devices = find(sys.argv[2]), all_devices(settings.batch_size)
epochs = compiled(settings, devices, len(images))
data = devices.everywhere(training_part(Dataset("mnist", images, labels, images[:0], labels[:0], ())))
state = devices.everywhere(created(model, settings, settings.epochs * epochs.steps))


def train() -> float:
    global state
    batches = epochs.order(1)
    for first, length in epochs.parts():
        state, measured = epochs.part(state, data, batches, 1, first, length)
        loss = float(measured.loss)  # as the demo does after each part, to show it
    return loss


take(train)
