"""What the tests of the suite share."""

from __future__ import annotations

import signal

# Started in the background, a shell lets its children ignore an interrupt; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)
