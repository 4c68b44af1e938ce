"""A model that was taken out of the config is still there after a restart, in the registry."""
