"""The order in which a start stops: the steps of a start, each with room for what is in it."""

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
