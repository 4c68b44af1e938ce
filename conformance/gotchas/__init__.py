"""One trap a file: its description, then its checks."""
