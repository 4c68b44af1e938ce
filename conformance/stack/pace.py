"""Says how fast this machine is now, so that processor time tells of the stack and not of it.

Processor time differs threefold between machines, and between moments of one that is shared.
"""

from __future__ import annotations

import statistics
import time

COUNTED, REFERENCE_S = 200_000, 0.009  # how far, and how long it takes where limits were measured
TIMES = 5  # of which the mean counts: it is as busy now as while the stack works


def slowness() -> float:
    """Return how many seconds this machine now needs for one of the machine of reference."""
    return statistics.mean(_counting() for _ in range(TIMES)) / REFERENCE_S


def _counting() -> float:
    begun, total = time.process_time(), 0
    for number in range(COUNTED):
        total += number
    return time.process_time() - begun
