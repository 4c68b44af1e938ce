"""Summarizes what a recording run did to the cassettes, in a few lines grouped by vendor."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = 3
HEADER = ("~ header", "+ header", "- header")


@dataclass(slots=True)
class OfVendor:
    """The result for one vendor's cassettes: names of scenarios, with reasons or changes."""

    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    def lines(self) -> Iterator[str]:
        """Yield what a person wants to read: what is left and why, what is new, what changed."""
        for reason, names in _grouped(self.left).items():
            yield f"left       {', '.join(names)}: {reason}"
        if self.updated:
            yield f"updated    {', '.join(self.updated)}: {'; '.join(sorted(self.sources))}"
        if self.removed:
            yield f"removed    {', '.join(self.removed)}: no check asks for it any more"
        if self.unchanged:
            yield f"unchanged  {', '.join(self.unchanged)}"
        for lines, names in _grouped(
            {name: "\n".join(_without_headers(found)) for name, found in self.changes.items()}
        ).items():
            if lines:
                yield f"changed    {', '.join(names)}"
                yield from (f"  {line}" for line in lines.split("\n"))
        yield from self._headers()

    def _headers(self) -> Iterator[str]:
        """Yield each difference between headers once, with the number of answers that have it."""
        found = Counter(
            line.strip()
            for lines in self.changes.values()
            for line in lines
            if line.strip().startswith(HEADER)
        )
        for line, count in sorted(found.items()):
            yield f"changed    {line} ({count} answer{'s' if count > 1 else ''})"


def _grouped(found: dict[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, text in found.items():
        groups.setdefault(text, []).append(name)
    return groups


def _without_headers(lines: list[str]) -> list[str]:
    """Drop differences between headers, and the titles of answers that have no others."""
    plain = [line for line in lines if not line.strip().startswith(HEADER)]
    return [
        line
        for line, after in pairwise([*plain, ""])
        if line.startswith((" ", "+", "-")) or after.startswith(" ")
    ]


@dataclass(slots=True)
class Result:
    """The result of a recording, by vendor; `failed` says why nothing could be written."""

    vendors: dict[str, OfVendor] = field(default_factory=dict)
    failed: str = ""

    def of(self, upstream: str) -> OfVendor:
        """Return the result for a vendor's cassettes."""
        return self.vendors.setdefault(upstream, OfVendor())

    @property
    def complete(self) -> bool:
        """Whether all was recorded that was to be recorded."""
        return not self.failed and not any(each.left for each in self.vendors.values())

    @property
    def updated(self) -> list[str]:
        """The cassettes that were replaced or removed, as `openai/chat`."""
        return [
            f"{upstream}/{name}"
            for upstream, found in sorted(self.vendors.items())
            for name in (*found.updated, *found.removed)
        ]

    def lines(self) -> Iterator[str]:
        """Yield all lines, a vendor after the other."""
        if self.failed:
            yield f"failed     {self.failed}"
        for upstream, found in sorted(self.vendors.items()):
            lines = list(found.lines())
            if lines:
                yield f"{upstream}:"
                yield from (f"  {line}" for line in lines)
        yield f"updated: {', '.join(self.updated) or 'no cassette'}"


def few(names: list[str]) -> str:
    """Return some names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
