"""What the tests of the suite share."""

from __future__ import annotations

import signal

from hypothesis import settings

# The same examples every time, no database in the checkout, and no time limit on a busy machine.
settings.register_profile("suite", database=None, deadline=None, derandomize=True)
settings.load_profile("suite")

# Started in the background, a shell lets its children ignore an interrupt; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)
