"""Checkpoints of training, written and read with Orbax."""
