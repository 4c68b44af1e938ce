"""Boots a release of the stack and talks to it. The only room that imports the stack."""
