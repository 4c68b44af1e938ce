"""Judges a config against the schema of a release. Imports no stack."""
