"""Images a second of the demo's training, beside those who train the same network: in turns, each in its own process.

    python -m benchmarks.demo.training_speed [--images 9600] [--rounds 5] [--models jax flax nnx keras] [--peers ...]

All train on the same images of MNIST in batches of 32 with Adam, and are compiled before the first turn; of each the
fastest turn counts. The peers run in an environment of their own, made in `build/trainers` unless TOTFJS_TRAINERS names
the Python of one. pip takes PyTorch from where it is told to: without a GPU, an index with
builds for CPUs alone saves some gigabytes. On a GPU all train on it when JAX has one here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import Self

import numpy as np

from jax_to_tfjs_demo.data import load

ROOT = Path(__file__).parents[2]
TRAINERS = Path(__file__).parent / "trainers"
MODELS = ("jax", "flax", "nnx", "keras")
TORCH = "torch==2.13.0"
# the peers have the versions that ours has, and on a GPU its plugins
SHARED = ("numpy", "jax", "flax", "optax", "keras")
PLUGINS = ("jax-cuda", "jax-rocm", "nvidia-")
# file, environment, and how much faster than it ours has to be
PEERS: Mapping[str, tuple[str, Mapping[str, str], float]] = {
    "Flax loop": ("flax_loop.py", {}, 1.5),
    "Keras on JAX": ("keras_fit.py", {"KERAS_BACKEND": "jax"}, 1.0),
    "Keras on torch": ("keras_fit.py", {"KERAS_BACKEND": "torch"}, 1.0),
    "PyTorch loop": ("torch_loop.py", {}, 1.0),
}


@dataclass
class Trainer:
    """A process that trains when told to; `seconds` are those of its turns."""

    name: str
    process: subprocess.Popen[str]
    seconds: list[float] = field(default_factory=list)
    loss: float = float("nan")

    @classmethod
    def started(cls, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Self:
        """Waits until it is ready, so that none compiles in another's turn."""
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        trainer = cls(name, process)
        trainer._answer("ready")
        return trainer

    def turn(self) -> None:
        """Trains on all images once."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds, loss = self._answer("").split()
        self.seconds.append(float(seconds))
        self.loss = float(loss)

    def end(self) -> None:
        """Ends by itself when there are no more turns."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _answer(self, expected: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line or not line.startswith(expected):
            raise SystemExit(f"{self.name} ended, or said {line!r}; what went wrong stands above.")
        return line


def peers_python() -> str:
    """The Python of an environment that has the peers."""
    if os.environ.get("TOTFJS_TRAINERS"):
        return os.environ["TOTFJS_TRAINERS"]
    home = ROOT / "build" / "trainers"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted, marker = "\n".join(packages()), home / "packages.txt"
    if not marker.is_file() or marker.read_text(encoding="utf-8") != wanted:
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages()], check=True)
        marker.write_text(wanted, encoding="utf-8")
    return str(python)


def packages() -> list[str]:
    """What the peers need, in the versions installed here."""
    installed = {package.metadata["Name"].lower(): package.version for package in distributions()}
    chosen = [name for name in installed if name in SHARED or name.startswith(PLUGINS)]
    return [TORCH, *sorted(f"{name}=={installed[name]}" for name in chosen)]


def begun(models: Sequence[str], peers: Sequence[str], data: Path, stack: ExitStack) -> list[Trainer]:
    """All who train, ready for their first turn."""
    python = peers_python() if peers else ""
    commands = [(f"ours, {name}", [sys.executable, str(TRAINERS / "ours.py"), str(data), name], {}) for name in models]
    for name in peers:
        file, environment, _ = PEERS[name]
        commands.append((name, [python, str(TRAINERS / file), str(data)], dict(environment)))
    trainers = []
    for name, command, environment in commands:
        trainers.append(Trainer.started(name, command, environment))
        stack.callback(trainers[-1].end)
    return trainers


def judged(speeds: Mapping[str, float]) -> bool:
    """Prints the ratio of each of ours to each peer; whether all bars are met."""
    right = True
    for peer in (name for name in PEERS if name in speeds):
        bar = PEERS[peer][2]
        for ours in (name for name in speeds if name not in PEERS):
            ratio = speeds[ours] / speeds[peer]
            right &= ratio >= bar
            print(f"{'met   ' if ratio >= bar else 'MISSED'}  {ours}: {ratio:.2f} × {peer} (bar {bar:g} ×)")
    return right


def main(words: list[str]) -> int:
    """Trains in turns, and prints speeds, ratios and verdicts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=9600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", choices=MODELS, default=MODELS)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=tuple(PEERS))
    arguments = parser.parse_args(words)
    dataset = load("mnist", log=print)
    if dataset.name != "mnist":
        raise SystemExit("The bars are those of MNIST, which could not be had.")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data, count = Path(folder) / "data.npz", arguments.images // 32 * 32
        np.savez(data, images=dataset.train_images[:count], labels=dataset.train_labels[:count])
        trainers = begun(arguments.models, arguments.peers, data, stack)
        for _ in range(arguments.rounds):
            for trainer in trainers:
                trainer.turn()
    speeds = {}
    for trainer in trainers:
        speeds[trainer.name] = count / min(trainer.seconds)
        print(f"        {trainer.name:16} {speeds[trainer.name]:9.0f} images/s, loss {trainer.loss:.4f}")
    return 0 if judged(speeds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
