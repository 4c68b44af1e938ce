"""All topics and their checks, as the files of checks declare them."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance import PACKAGE
from conformance.verdicts import topic_of

if TYPE_CHECKING:
    from types import ModuleType

    from conformance.model import Topic

ROOMS = ("gotchas", "gateway_checks")


@cache
def modules() -> tuple[ModuleType, ...]:
    """Import every file of checks, in the order of their names."""
    return tuple(
        importlib.import_module(f"conformance.{room}.{file.stem}")
        for room in ROOMS
        for file in sorted((PACKAGE / room).glob("test_*.py"))
    )


def topics() -> dict[str, Topic]:
    """Return every topic by its slug."""
    found: dict[str, Topic] = {}
    for module in modules():
        topic = topic_of(module)
        if topic is not None:
            found[topic.slug] = topic
    return found
