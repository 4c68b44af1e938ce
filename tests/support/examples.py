"""Hypothesis as the tests use it, in a module of its own: a run of checks need not import it.

The same examples every time, no database in the checkout, and nothing is judged by a busy machine's
seconds.
"""

from __future__ import annotations

from hypothesis import HealthCheck, assume, example, given, settings, strategies

__all__ = ["HealthCheck", "assume", "example", "given", "settings", "strategies"]

settings.register_profile(
    "suite",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")
