"""A plain loop of PyTorch, with all images in memory as tensors: on a GPU when it finds one."""

from __future__ import annotations

import sys

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from turns import take

BATCH = 32

torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
with np.load(sys.argv[1]) as arrays:
    images = torch.from_numpy(np.float32(arrays["images"])[:, None] / 255).to(device)
    labels = torch.from_numpy(np.int64(arrays["labels"])).to(device)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
).to(device)  # fmt: skip
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)


def train() -> float:
    total, right, steps = torch.zeros((), device=device), torch.zeros((), device=device), len(images) // BATCH
    for chosen in torch.randperm(len(images), device=device)[: steps * BATCH].view(-1, BATCH):
        optimizer.zero_grad()
        logits = model(images[chosen])
        loss = F.cross_entropy(logits, labels[chosen])
        loss.backward()
        optimizer.step()
        total += loss.detach()
        right += (logits.argmax(-1) == labels[chosen]).sum()
    return float(total / steps)


take(train)
