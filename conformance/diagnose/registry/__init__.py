"""The registry that a config names, compared with the config."""
