"""A pytest plug-in that lets every boot do all that it would do without this suite."""

from __future__ import annotations

from conformance import stack


def pytest_configure() -> None:
    """Take no shortcut."""
    stack._take_shortcuts = lambda: None
