"""Paths that callers know from older releases, or from other gateways, do not exist."""
