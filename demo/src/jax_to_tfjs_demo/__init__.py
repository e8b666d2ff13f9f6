"""The demonstration project: models trained with JAX and Flax, shipped with totfjs."""
