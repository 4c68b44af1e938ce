"""`allowed_models` lets no server start without a key, and `remote::passthrough` ignores it."""
