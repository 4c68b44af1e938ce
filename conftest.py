"""Puts the checkout on the import path, by its place: `-p tests.…` and `tests.…` are found.

Nothing else is here. The checks need only the plug-in, and what tests share is in `tests/`.
"""
