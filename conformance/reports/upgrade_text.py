"""Writes an upgrade report as Markdown, which also reads well on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.releases import comparison, concerns
from conformance.releases.comparison import SECTIONS, Upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.releases.comparison import Change
    from conformance.releases.concerns import Use

# What callers of a config can meet; the rest of a report is about files and installations.
FOR_CALLERS = ("severe", "breaks", "arriving", "leaving", "wire")


def page(report: Upgrade) -> str:
    """Return the report: what changes, by how much it matters."""
    parts = [f"# From {report.old} to {report.new}", *_sections(report)]
    if len(parts) == 1:
        parts.append("Nothing that this suite can see changes.")
    return "\n\n".join(parts) + "\n"


def about_config(report: Upgrade, answers: Sequence[str], use: Use) -> str:
    """Return the report about a config: its `answers`, then what its callers meet, then the rest.

    The rest is folded; the installation's part of it is not: everyone meets that.
    """
    callers, rest = _divided(report, use)
    around = [change for change in rest.breaks if change.everyone]
    rest.breaks = [each for each in rest.breaks if not (each.everyone or _answered(each, use))]
    parts = [f"# From {report.old} to {report.new}", *answers]
    if around:
        title = f"## What changes for your installation ({len(around)})"
        parts += [title, "\n".join(_lines(around))]
    parts.append("## What changes for your callers")
    parts += list(_sections(callers, "###")) or ["Nothing that this suite can see."]
    folded = list(_sections(rest, "###"))
    if folded:
        summary = "<details>\n<summary>Everything else that changes</summary>"
        parts += [summary, *folded, "</details>"]
    return "\n\n".join(parts) + "\n"


def _divided(report: Upgrade, use: Use) -> tuple[Upgrade, Upgrade]:
    """Return what callers of a config can meet, and all the rest."""
    callers, rest = (Upgrade(report.old, report.new) for _ in range(2))
    for name, _title in SECTIONS:
        for change in getattr(report, name):
            side = callers if name in FOR_CALLERS and _met(change, use) else rest
            getattr(side, name).append(change)
    return callers, rest


def _met(change: Change, use: Use) -> bool:
    if not change.topic:
        return bool(change.kinds & use.kinds)
    own = change.topic not in concerns.seen_in_files()
    return own and use.meets(change.topic, comparison.needs(change))


def _answered(change: Change, use: Use) -> bool:
    """Return whether a config has what is gone: then its own part says so, at the line."""
    part = change.part
    return part is not None and part.api in use.apis and part.kind in {"", *use.kinds}


def _sections(report: Upgrade, mark: str = "##") -> Iterator[str]:
    for name, title in SECTIONS:
        changes: list[Change] = getattr(report, name)
        if changes:
            yield f"{mark} {title} ({len(changes)})"
            yield "\n".join(_lines(changes))


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        yield f"- {change.what}"
        if change.cure:
            yield f"  → {change.cure}"
        if change.command:
            yield f"  shown by `{change.command}`"
        if change.witness:
            yield from shown(change.witness.text)


def shown(text: str) -> Iterator[str]:
    """Yield the lines of a witness, indented below what it shows."""
    yield "  shown by `llama-conformance diagnose --boot` of these lines, on either release:"
    yield from ("", "  ```yaml", *(f"  {line}" for line in text.splitlines()), "  ```")
