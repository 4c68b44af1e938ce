"""A start moves `~/.llama` to `~/.ogx`, with the stores that the config has there."""
