"""Writes what an upgrade changes for a user's config, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect
from conformance.reports.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diagnose.between import Between
    from conformance.diagnose.diagnosis import Remark
    from conformance.judge.witness import Witness
    from conformance.releases.upgrade import Trial

TITLES = (
    (Effect.REFUSED, "Breaks"),
    (Effect.IGNORED, "Is ignored from now on"),
    (Effect.MEANS_SOMETHING_ELSE, "Means something else"),
    (Effect.EXPOSES, "Exposes"),
)


def answer(found: Between, before: Trial, after: Trial) -> str:
    """Return the part of the report that is about one config, tried on both releases."""
    config = found.config
    return render(
        "upgrade_config.md",
        heading=config.file + (f" ({config.name})" if config.name else ""),
        file=config.file,
        old=found.old,
        new=found.new,
        trials=(before, after),
        before=before,
        after=after,
        target=str(found.new).replace(" ", "=="),
        cures=_cures(found),
        arriving=list(_arriving(found)),
        others=(
            (f"Wrong on {found.old} already", found.staying),
            (f"No longer wrong on {found.new}", found.leaving),
        ),
    )


def _cures(found: Between) -> int:
    fixable = (remark.fixable for effect, _ in TITLES for remark in found.arriving(effect))
    return sum(fixable) + len(found.rewritten)


def _arriving(found: Between) -> Iterator[tuple[str, list[tuple[Remark, Witness | None]]]]:
    """Yield each title with what stands below it, and what shows it if it is refused."""
    for effect, title in TITLES:
        refused = effect is Effect.REFUSED
        remarks = found.arriving(effect)
        if remarks:
            yield title, [(each, found.witness(each) if refused else None) for each in remarks]
