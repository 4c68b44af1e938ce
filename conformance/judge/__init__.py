"""Judges a config against what a release lets a config say. Imports no stack."""
