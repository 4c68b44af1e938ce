"""Counts findings and says so in one line; decides the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.diagnose.diagnosis import Diagnosis, Remark

LEVELS = (Level.ERROR, Level.WARNING, Level.NOTE)
CLEAN, FOUND, UNABLE = 0, 1, 2


def counts(diagnoses: Iterable[Diagnosis]) -> dict[Level, int]:
    """Return how many findings there are of each level."""
    all_of_them = list(diagnoses)
    return {level: sum(each.count(level) for each in all_of_them) for level in LEVELS}


def in_words(diagnoses: Sequence[Diagnosis]) -> str:
    """Return a line such as `3 errors, 2 warnings; 4 can be fixed: --fix`.

    What several releases make of the same place of a file counts once.
    """
    found = {_identity(each, remark): remark for each in diagnoses for remark in each.remarks}
    said = []
    for level in LEVELS:
        number = sum(remark.finding.level is level for remark in found.values())
        if number:
            said.append(f"{number} {level}{'' if number == 1 else 's'}")
    if not said:
        return "nothing found"
    return "; ".join([", ".join(said), *_cures(diagnoses)])


def _cures(diagnoses: Sequence[Diagnosis]) -> Iterator[str]:
    """Yield how many findings each repair would cure; `--fix` is for the first release."""
    first: dict[tuple[str, str], str] = {}
    fixed: set[tuple[str, ...]] = set()
    migrated: dict[str, set[tuple[str, ...]]] = {}
    for each in diagnoses:
        if each.release is None:  # what was said while the file was read
            continue
        own = first.setdefault((each.file, each.name), each.release) == each.release
        cures = {_identity(each, remark) for remark in each.remarks if remark.fixable}
        if own:
            fixed |= cures
        else:
            migrated.setdefault(each.release, set()).update(cures - fixed)
    if fixed:
        yield f"{len(fixed)} can be fixed: --fix"
    for release, cures in migrated.items():
        if cures:
            yield f"{len(cures)} more: --migrate {release.replace(' ', '==')}"


def _identity(diagnosis: Diagnosis, remark: Remark) -> tuple[str, ...]:
    return diagnosis.file, diagnosis.name, remark.finding.id, remark.path, str(remark.line)


def status(diagnoses: Sequence[Diagnosis], fail_on: Level, *, unable: bool) -> int:
    """Return the exit status: 2 if something could not be judged, 1 for findings, else 0."""
    if unable:
        return UNABLE
    counted = counts(diagnoses)
    serious = LEVELS[: LEVELS.index(fail_on) + 1]
    return FOUND if any(counted[level] for level in serious) else CLEAN
