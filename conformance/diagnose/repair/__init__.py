"""Puts cures into the text of a file, and touches nothing else of it."""
