"""A SQL store does not create the directory of its file; a key-value store does."""
