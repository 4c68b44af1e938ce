"""The gateway creates its stores where the config says, and writes nowhere else."""
