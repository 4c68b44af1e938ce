"""Writes an upgrade report as Markdown, which also reads well on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.releases import comparison, concerns
from conformance.releases.comparison import SECTIONS, Upgrade
from conformance.reports.rendering import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.releases.change import Change
    from conformance.releases.concerns import Use

# What callers of a config can meet; the rest of a report is about files and installations.
FOR_CALLERS = ("severe", "worse", "breaks", "arriving", "leaving", "wire")


def page(report: Upgrade) -> str:
    """Return the report: what changes, by how much it matters."""
    return render("upgrade.md", old=report.old, new=report.new, changes=_sections(report))


def about_config(report: Upgrade, answers: Sequence[str], use: Use) -> str:
    """Return the report about a config: its `answers`, then what its callers meet, then the rest.

    The rest is folded; the installation's part of it is not: everyone meets that.
    """
    callers, rest = _divided(report, use)
    everyone = (*rest.breaks, *rest.ignored, *rest.packages)
    installation = [change for change in everyone if change.everyone]
    for name in ("breaks", "ignored", "packages"):
        kept = [each for each in getattr(rest, name) if not each.everyone]
        setattr(rest, name, kept)
    rest.breaks = [each for each in rest.breaks if not _answered(each, use)]
    return render(
        "upgrade_of_config.md",
        old=report.old,
        new=report.new,
        answers=answers,
        installation=installation,
        callers=_sections(callers),
        rest=_sections(rest),
    )


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


def _sections(report: Upgrade) -> list[tuple[str, list[Change]]]:
    found = ((title, getattr(report, name)) for name, title in SECTIONS)
    return [(title, changes) for title, changes in found if changes]
