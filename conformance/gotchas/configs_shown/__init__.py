"""Any caller can read the config of every provider, with what only its author takes for secret."""
