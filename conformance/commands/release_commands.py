"""The commands that work on many releases: `matrix`, `schemas` and `releases`.

Exit status: 0 done and as expected; 1 something is not, or failed; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.commands import terminal
from conformance.commands.failing import INTERRUPTED, WRONG, fail
from conformance.core import releases
from conformance.run.report import github

jobs = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Releases at once; one takes up to 2 GiB of memory.",
)


def _chosen(names: tuple[str, ...]) -> tuple[releases.Release, ...]:
    try:
        found = tuple(dict.fromkeys(releases.find(name) for name in names))
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    return found or releases.known()


@click.command()
@click.argument("names", nargs=-1, metavar="[RELEASE]...")
@jobs
@click.option("--resolve", type=click.Choice(["released", "today", "pinned"]), default="released")
@click.option("--limit", type=float, default=1800.0, show_default=True, help="Seconds a release.")
@click.option("--check", "checks", multiple=True, metavar="ID", help="Only checks like this.")
@click.option("--again", is_flag=True, help="Ignore cached results.")
@click.option("--bites", is_flag=True, help="Exit with 1 if a trap bites, whatever is expected.")
@click.option("--propose", is_flag=True, help="Write what was measured to the expectations.")
@click.option("--reports", type=Path, default=Path("reports"), show_default=True)
def matrix(
    names: tuple[str, ...], reports: Path, *, propose: bool, bites: bool, **options: Any
) -> None:
    """Run the suite on every release, or on each RELEASE (0.5.1, ogx==1.5.0, latest).

    Exits with 1 if a release shows anything that is not expected of it.
    """
    from conformance.releases import matrix as running  # noqa: PLC0415 - as above
    from conformance.releases import proposing  # noqa: PLC0415 - loads as used
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above
    from conformance.reports import matrix_text  # noqa: PLC0415 - as above
    from conformance.run import catalogue, selection  # noqa: PLC0415 - as above

    known = [check.id for check in catalogue.declared()] if options["checks"] else []
    if unknown := selection.unknown(options["checks"], known):
        fail(unknown, WRONG)
    try:
        found = running.run(running.Plan(chosen=_chosen(names), **options))
        if propose:
            for file in proposing.write(found, whole=not options["checks"]):
                click.echo(f"written: {file.parent.name}/{file.name}")
            found = running.judged_anew(found)
    except EnvironmentsError as error:
        fail(str(error))
    except running.InterruptedMatrixError as error:
        fail(f"interrupted; {error}; the next run goes on from here", INTERRUPTED)
    matrix_text.write(found, reports)
    terminal.echo(matrix_text.summary(found))
    pages = ", ".join(f"{reports / name}" for name in ("matrix.html", "matrix.md", "matrix.json"))
    click.echo(f"written: {pages}")
    if github.is_running():
        for row in matrix_text.unexpected(found):
            click.echo(github.annotation(*row))
    good = matrix_text.harmless(found) if bites else matrix_text.expected(found)
    sys.exit(0 if good else 1)


@click.command()
@click.argument("names", nargs=-1, metavar="[RELEASE]...")
@click.option("--check", is_flag=True, help="Write nothing; compare with the installed release.")
def schemas(names: tuple[str, ...], *, check: bool) -> None:
    """Write what each release lets a config say: APIs, provider types, fields."""
    from conformance.releases import schema_files  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above
    from conformance.schemas import extract  # noqa: PLC0415 - as above

    try:
        if check:
            extract.check()
        else:
            changed = schema_files.write(_chosen(names))
            click.echo("changed" if changed else "unchanged")
    except (EnvironmentsError, extract.ExtractError) as error:
        fail(str(error))


@click.command("releases")
@click.option("--rows", is_flag=True, help="Print `releases=[…]`, for a job matrix.")
@click.option("--newer", is_flag=True, help="Print `known=…` and, if the index has one, `newer=…`.")
def list_releases(*, rows: bool, newer: bool) -> None:
    """List the known releases; the other forms are for GITHUB_OUTPUT."""
    from conformance.releases import newest  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above

    if rows:
        click.echo(f"releases={newest.rows()}")
        return
    if not newer:
        terminal.echo(
            f"{each!s:<20} {each.published:%Y-%m-%d} {each.broken or ''}".rstrip()
            for each in releases.known()
        )
        return
    try:
        known, found = newest.newer()
    except (newest.LookupFailedError, EnvironmentsError) as error:
        fail(str(error))
    click.echo(f"known={known.distribution}=={known.version}")
    if found is not None:
        click.echo(f"newer={found.distribution}=={found.version}")


COMMANDS = (matrix, schemas, list_releases)
