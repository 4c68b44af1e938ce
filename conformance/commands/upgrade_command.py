"""The command `llama-conformance upgrade`: what changes from one release to another."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import terminal
from conformance.commands.failing import INTERRUPTED, WRONG, fail

if TYPE_CHECKING:
    from conformance.core.releases import Release
    from conformance.diagnose.between import Between
    from conformance.releases.comparison import Upgrade


@click.command()
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
@click.option("--config", type=Path, help="Answer for this config: its lines, then its callers.")
@click.option("--reports", type=Path, default=Path("reports"), show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 if something breaks or a trap arrives.")
@click.option("--witnesses", is_flag=True, help="Have both releases start what shows the breaks.")
def upgrade(  # noqa: PLR0913 - one option each
    *, old: str, new: str, config: Path | None, reports: Path, strict: bool, witnesses: bool
) -> None:
    """Show what changes for a user from release FROM to release TO (`latest` is the newest).

    A release newer than all known ones, written `ogx==9.9.9`, is measured first.
    """
    from conformance.releases import upgrade as upgrades  # noqa: PLC0415 - as in other commands
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above
    from conformance.schemas.extract import ExtractError  # noqa: PLC0415 - as above

    try:
        pair = upgrades.named(old), upgrades.named(new)
        report = upgrades.compared(*pair)
        found = [] if config is None else _judged(config, *pair)
        text = _page(report, found)
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    except (EnvironmentsError, ExtractError) as error:
        fail(str(error))
    terminal.echo(text.splitlines())
    try:
        reports.mkdir(parents=True, exist_ok=True)
        (reports / "upgrade.md").write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{reports / 'upgrade.md'} is not written: {error.strerror}")
    click.echo(f"written: {reports / 'upgrade.md'}", err=True)
    shown = _witnessed(report, found) if witnesses else True
    sys.exit(0 if shown and not (strict and _worse(report, found)) else 1)


def _judged(file: Path, old: Release, new: Release) -> list[Between]:
    """Return what both releases make of the configs in a file."""
    from conformance.diagnose import between  # noqa: PLC0415 - as above
    from conformance.diagnose.files import reading  # noqa: PLC0415 - as above
    from conformance.judge import judging  # noqa: PLC0415 - as above

    read = reading.read([str(file)])
    for problem in read.problems:
        if problem.fatal:
            fail(f"{problem.file}:{problem.line}: {problem.finding.what}", WRONG)
    if not read.configs:
        fail(f"no config in {file}", WRONG)
    environ = {**os.environ, **read.variables_of(str(file))}
    return [between.between(each, old, new, judging, environ) for each in read.configs]


def _page(report: Upgrade, found: list[Between]) -> str:
    from conformance.releases import concerns  # noqa: PLC0415 - as above
    from conformance.releases import upgrade as upgrades  # noqa: PLC0415 - as above
    from conformance.reports import upgrade_config, upgrade_page  # noqa: PLC0415 - as above

    if not found:
        return upgrade_page.page(report)
    answers = [
        upgrade_config.answer(
            each,
            upgrades.tried(each.old, each.config.text),
            upgrades.tried(each.new, each.config.text),
        )
        for each in found
    ]
    return upgrade_page.about_config(report, answers, concerns.of(*(b.config.data for b in found)))


def _worse(report: Upgrade, found: list[Between]) -> bool:
    """Return whether something breaks, or a trap arrives or hurts more: for the configs, if any."""
    from conformance.judge.finding import Level  # noqa: PLC0415 - as above

    if not found:
        return bool(report.severe or report.worse or report.breaks or report.arriving)
    arriving = (remark for each in found for remark in each.all_arriving)
    return any(remark.finding.level is not Level.NOTE for remark in arriving)


def _witnessed(report: Upgrade, found: list[Between]) -> bool:
    """Try on both releases what shows the breaks, print the results; return whether all agree."""
    from conformance.releases import witnesses  # noqa: PLC0415 - as above
    from conformance.releases.crosscheck import CrosscheckError  # noqa: PLC0415 - as above
    from conformance.releases.matrix import InterruptedMatrixError  # noqa: PLC0415 - as above

    own = [each.witness(remark) for each in found for remark in each.all_arriving]
    general = [change.witness for change in report.breaks]
    try:
        results = [
            *witnesses.commanded(report),
            *witnesses.checked(report),
            *witnesses.booted(own if found else general, report.old, report.new),
        ]
    except CrosscheckError as error:
        fail(str(error))
    except InterruptedMatrixError as error:
        fail(f"interrupted; {error}", INTERRUPTED)
    terminal.echo(map(str, results))
    return all(result.agrees for result in results)


@click.command()
@click.argument("names", nargs=-1, metavar="[FROM]...")
def witnesses(names: tuple[str, ...]) -> None:
    """Try what shows the breaks between each known release, or each FROM, and the next, on both.

    Exits with 1 if a release does anything else than the upgrade report says.
    """
    from itertools import pairwise  # noqa: PLC0415 - as above

    from conformance.core import releases  # noqa: PLC0415 - as above
    from conformance.releases import upgrade as upgrades  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above

    agree = True
    pairs = list(pairwise(release for release in releases.whole() if not release.broken))
    try:
        chosen = [releases.find(name) for name in names] or [old for old, _ in pairs]
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    if unknown := [str(each) for each in chosen if each not in dict(pairs)]:
        fail(f"nothing is known to follow {', '.join(unknown)}", WRONG)
    for old, new in ((old, new) for old, new in pairs if old in chosen):
        click.echo(f"from {old} to {new}")
        try:
            agree = _witnessed(upgrades.compared(old, new), []) and agree
        except EnvironmentsError as error:
            fail(str(error))
    sys.exit(0 if agree else 1)
