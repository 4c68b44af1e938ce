"""Orders findings by the step of a start that they stop."""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """A step of a start. What stops an earlier one hides what would stop a later one."""

    VARIABLES = 0
    MODELS = 1_000
    STORAGE = 2_000
    PROVIDERS = 3_000
    INSTANCES = 4_000
    RESOURCES = 5_000
    SERVING = 6_000
