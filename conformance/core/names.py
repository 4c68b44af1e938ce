"""Puts the names that changed with the stack's own into texts, as a release has them.

Texts are written with the names of the reference release. Read for a later one they would name a
variable, a header or a command that has no effect there.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.core import releases

if TYPE_CHECKING:
    from conformance.core.model import Topic
    from conformance.core.releases import Facts, Release

READ = frozenset({"happens", "why", "example", "instead"})


def own(release: Release) -> tuple[str, ...]:
    """Return what a release calls its variables, headers, command and directory, in this order."""
    return _own(releases.facts(release))


@cache
def _own(facts: Facts) -> tuple[str, ...]:
    headers = facts.header.removesuffix("Provider-Data")
    return facts.prefix, headers, facts.command, f"/{facts.directory}/"


def translated(text: str, release: Release) -> str:
    """Return a text written for the reference release, with the names that a release has."""
    for written, name in zip(own(releases.reference()), own(release), strict=True):
        text = text.replace(written, name)
    return text


@cache
def on[T: Topic](topic: T, release: Release) -> T:
    """Return a topic as it is read on a release."""
    texts: dict[str, Any] = {
        each.name: translated(getattr(topic, each.name), release)
        for each in fields(topic)
        if each.name in READ
    }
    return replace(topic, **texts)
