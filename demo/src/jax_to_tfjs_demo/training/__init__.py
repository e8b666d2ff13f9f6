"""Training: whole epochs compiled, scored, checkpointed, and resumed exactly."""
