"""Writes what becomes of a user's config in an upgrade, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect
from conformance.reports import upgrade_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.diagnose.between import Between
    from conformance.diagnose.diagnosis import Remark
    from conformance.releases.upgrade import Trial

TITLES = (
    (Effect.REFUSED, "Breaks"),
    (Effect.IGNORED, "Is ignored from now on"),
    (Effect.MEANS_SOMETHING_ELSE, "Means something else"),
    (Effect.EXPOSES, "Exposes"),
)


def answer(found: Between, trials: Sequence[Trial]) -> Iterator[str]:
    """Yield the parts of the report that are about one config."""
    name = found.config.file + (f" ({found.config.name})" if found.config.name else "")
    yield f"## {name}"
    yield "\n".join([*_starts(trials), *_models(trials), *_migration(found)])
    arriving = 0
    for effect, title in TITLES:
        remarks = found.arriving(effect)
        arriving += len(remarks)
        if remarks:
            yield f"### {title} ({len(remarks)})"
            yield "\n".join(line for remark in remarks for line in _remark(found, remark))
    if not arriving:
        yield f"Nothing in it is wrong on {found.new} that was not on {found.old}."
    yield from _others(found)


def _starts(trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        if trial.untried:
            yield f"- on {trial.release} it was not started: {trial.untried}"
        elif trial.lacked:
            yield f"- on {trial.release} it was not started whole: {trial.lacked}"
        elif trial.failure:
            yield f"- on {trial.release} it does not boot: {trial.failure}"
        else:
            yield f"- on {trial.release} it boots"


def _models(trials: Sequence[Trial]) -> Iterator[str]:
    old, new = trials
    if old.came_up and new.came_up:
        lost, found = set(old.models) - set(new.models), set(new.models) - set(old.models)
        yield f"- models listed: {len(old.models)} → {len(new.models)}"
        yield from (f"  - no longer listed: `{model}`" for model in sorted(lost))
        yield from (f"  - newly listed: `{model}`" for model in sorted(found))
        yield from (f"- now logged: {line}" for line in new.log if line not in old.log)
    same = old.header == new.header
    yield f"- header to send: `{new.header}`" + ("" if same else f", no longer `{old.header}`")


def _migration(found: Between) -> Iterator[str]:
    cures = sum(remark.fixable for effect, _ in TITLES for remark in found.arriving(effect))
    if cures or found.rewritten:
        target = str(found.new).replace(" ", "==")
        count = cures + len(found.rewritten)
        yield (
            f"- `llama-conformance diagnose {found.config.file} --migrate {target}` makes "
            f"{count} of the changes; with `--diff` it only shows them"
        )


def _remark(found: Between, remark: Remark) -> Iterator[str]:
    finding = remark.finding
    place = f"{remark.file}:{remark.line}"
    yield f"- {place}: {finding.what} [{finding.id}]"
    if remark.shown.strip():
        yield f"  `{remark.shown.strip()}`"
    if finding.instead:
        yield f"  → {finding.instead}"
    witness = found.witness(remark) if finding.effect is Effect.REFUSED else None
    if witness:
        yield from upgrade_text.shown(witness.text)


def _others(found: Between) -> Iterator[str]:
    """Yield what is wrong on both releases, and what no longer is, folded."""
    for title, remarks in (
        (f"Wrong on {found.old} already", found.staying),
        (f"No longer wrong on {found.new}", found.leaving),
    ):
        if remarks:
            yield f"<details>\n<summary>{title} ({len(remarks)})</summary>"
            yield "\n".join(_short(remark) for remark in remarks)
            yield "</details>"


def _short(remark: Remark) -> str:
    return f"- {remark.file}:{remark.line}: {remark.finding.what} [{remark.finding.id}]"
