"""An upgrade report as Markdown, which also reads well on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.releases.comparison import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.releases.comparison import Change, Upgrade
    from conformance.releases.upgrade import Trial


def page(report: Upgrade, trials: Sequence[Trial]) -> str:
    """Return the report: a user's own config first, then what changes, by how much it matters."""
    parts = [f"# From {report.old} to {report.new}"]
    if trials:
        parts += ["## Your config", "\n".join(_trials(*trials))]
    for name, title in SECTIONS:
        changes: list[Change] = getattr(report, name)
        if changes:
            parts += [f"## {title} ({len(changes)})", "\n".join(_lines(changes))]
    if len(parts) == 1:
        parts.append("Nothing that this suite can see changes.")
    return "\n\n".join(parts) + "\n"


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        yield f"- {change.what}"
        if change.cure:
            yield f"  → {change.cure}"


def _trials(old: Trial, new: Trial) -> Iterator[str]:
    for trial in (old, new):
        boots = f"does not boot: {trial.failure}" if trial.failure else "boots"
        yield f"- on {trial.release} it {boots}"
    if old.failure is None and new.failure is None:
        lost, found = set(old.models) - set(new.models), set(new.models) - set(old.models)
        yield f"- models listed: {len(old.models)} → {len(new.models)}"
        yield from (f"  - no longer listed: `{model}`" for model in sorted(lost))
        yield from (f"  - newly listed: `{model}`" for model in sorted(found))
    same = old.header == new.header
    yield f"- header to send: `{new.header}`" + ("" if same else f", no longer `{old.header}`")
    yield from (f"- now logged: {line}" for line in new.log if line not in old.log)
