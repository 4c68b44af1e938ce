"""Hypothesis as the tests use it, in a module of its own: a run of checks need not import it.

The same examples every time, no database in the checkout, and no time limit on a busy machine.
"""

from __future__ import annotations

from hypothesis import HealthCheck, assume, example, given, settings, strategies

__all__ = ["HealthCheck", "assume", "example", "given", "settings", "strategies"]

settings.register_profile("suite", database=None, deadline=None, derandomize=True)
settings.load_profile("suite")
