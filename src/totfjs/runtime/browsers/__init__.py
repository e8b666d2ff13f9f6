"""Real browsers as engines: found, started with a fresh profile, driven through a page of ours, and ended."""
