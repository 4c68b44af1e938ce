"""The config schema of every release as data: extracted from its models, kept, and read."""
