"""What the tests of the suite share."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time, no database in the checkout, and no time limit on a busy machine.
settings.register_profile("suite", database=None, deadline=None, derandomize=True)
settings.load_profile("suite")
