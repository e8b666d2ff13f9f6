"""From a checkpoint to a web model."""
