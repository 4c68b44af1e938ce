"""A vendor that cannot be reached, or falls silent, is reported as the gateway's own failure."""
