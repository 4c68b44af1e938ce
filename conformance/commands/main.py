"""The command `llama-conformance`. Wires; every command's work is in a module of its own.

Exit status: 0 done; 1 something differs or failed; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import release_commands, terminal
from conformance.commands.failing import WRONG, fail
from conformance.commands.lazy import LazyGroup
from conformance.commands.upgrade_command import upgrade, witnesses
from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.core.severity import Severity
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from conformance.core.releases import Release
    from conformance.run.catalogue import Check


def _installed_or_reference() -> Release:
    try:
        return releases.installed()
    except CouldNotObserveError:
        return releases.reference()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="llama-stack-conformance")
def main() -> None:
    """Check how a Llama Stack release behaves as an inference gateway."""


@main.command("list")
@click.argument("pattern", default="*")
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    help="Only checks of gotchas as severe as this, or more; the most severe first.",
)
@click.option("--upstream", type=click.Choice(list(UPSTREAMS)), help="Only what asks this vendor.")
def list_checks(pattern: str, severity: str | None, upstream: str | None) -> None:
    """List the checks whose id matches PATTERN, with the expected outcome."""
    import fnmatch  # noqa: PLC0415 - commands load what they use, so that `--help` is quick

    from conformance.run import catalogue  # noqa: PLC0415 - as above

    release = _installed_or_reference()
    found = [
        check
        for check in catalogue.checks(release)
        if fnmatch.fnmatchcase(check.id, pattern) and upstream in {None, *check.vendors}
    ]
    if severity is not None:
        found = catalogue.as_severe_as(Severity(severity), found)
    if not found:
        fail(f"no check matches `{pattern}`; `llama-conformance list` shows all", WRONG)
    width = shutil.get_terminal_size().columns
    for check in found:
        click.echo(_listed(check, width))
    click.echo(f"{len(found)} checks; expected on {release}")


def _listed(check: Check, width: int) -> str:
    bites = "  bites" if check.expected in check.topic.bites else ""
    expected = f"{check.expected or 'not-applicable'}{bites}"
    column = min(58, width - 2 - len(expected))
    broken = len(check.id) > column
    return f"{check.id}\n    {expected}" if broken else f"{check.id:<{column}}  {expected}"


@main.command()
@click.argument("name", metavar="SLUG[/CHECK]|ID")
def explain(name: str) -> None:
    """Show the page of a gotcha, a promise, one check, or a finding of `diagnose`.

    With the stack installed, the code of the stack that decides it is shown too.
    """
    from conformance.judge import kinds  # noqa: PLC0415 - as above
    from conformance.reports import explain as pages  # noqa: PLC0415 - as above
    from conformance.run import catalogue, selection  # noqa: PLC0415 - as above
    from conformance.stack.sandbox import process_home, surroundings  # noqa: PLC0415 - as above

    slug, _, _check = name.partition("/")
    width = shutil.get_terminal_size().columns
    release = _installed_or_reference()
    topics = catalogue.topics(release)
    if name in kinds.texts():
        click.echo(terminal.wrapped(f"{name}: {kinds.texts()[name]}", width))
        if slug not in topics:
            return
        click.echo()
    if slug not in topics:
        near = selection.nearest(slug, [*topics, *kinds.texts()])
        fail(f"no gotcha, promise or finding is named `{slug}`; {near}", WRONG)
    own = [check for check in catalogue.checks(release) if check.topic.slug == slug]
    chosen = [check for check in own if name in {slug, check.id}]
    if not chosen:
        near = selection.nearest(name, [check.id for check in own])
        fail(f"no check is named `{name}`; {near}", WRONG)
    with surroundings(process_home(), process_home()):
        deciding = list(pages.where(topics[slug], releases.facts(release)))
    click.echo(pages.page(topics[slug], chosen, deciding, str(release), width), nl=False)


@main.command()
@click.argument("slug")
def new(slug: str) -> None:
    """Write the folder of a gotcha named SLUG, with a check that is not measured yet."""
    from conformance.commands import new_gotcha  # noqa: PLC0415 - as above
    from conformance.releases import suite_copy  # noqa: PLC0415 - as above

    root = suite_copy.checkout()
    if root is None:
        fail("a gotcha is added to a checkout of the suite, and this is an installed copy", WRONG)
    try:
        files = new_gotcha.write(slug, root / "conformance")
    except new_gotcha.NewGotchaError as error:
        fail(str(error), WRONG)
    for file in files:
        click.echo(file.relative_to(root))
    click.echo("next: replace the example; README.md has the steps under `Add a gotcha`")


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is out of date.")
def generate(*, check: bool) -> None:
    """Write the generated files: catalogue, compatibility page, the README's sample."""
    from conformance.reports import generated  # noqa: PLC0415 - as above

    root = Path.cwd()
    stale = [path for path, text in generated.files(root).items() if not _holds(path, text)]
    if check and stale:
        names = ", ".join(str(path.relative_to(root)) for path in stale)
        fail(f"out of date: {names}; run `make format`")
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated.files(root)[path], encoding="utf-8")


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


@main.command()
@click.option("--config", "file", type=Path, default=Path("run.yaml"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of the config's port.")
def server(file: Path, port: int | None) -> None:
    """Run a config as a real server on 127.0.0.1."""
    from conformance.commands import server as serving  # noqa: PLC0415 - as above

    try:
        serving.run(file, port)
    except serving.ServerError as error:
        fail(str(error))


@main.command()
@click.option("--url", default="http://127.0.0.1:8321", show_default=True, help="The gateway.")
@click.option("--upstream", type=click.Choice(["stand-in"]), help="Run everything here, keyless.")
@click.option("--env-file", type=Path, default=Path(".env"), show_default=True)
def client(url: str, upstream: str | None, env_file: Path) -> None:
    """Send a plain and a streamed chat to every vendor whose key is known."""
    from conformance.commands import sample_client as chatting  # noqa: PLC0415 - as above

    try:
        chatting.run(url, env_file, stand_in=upstream is not None)
    except chatting.ClientError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--upstream", help="Only this vendor, or `stand-in` to record without keys.")
@click.option("--mode", default="rewrite", show_default=True, help="A mode of pytest-recording.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def record(upstream: str | None, mode: str, arguments: tuple[str, ...]) -> None:
    """Re-record vendor responses, with keys from .env or the environment."""
    import os  # noqa: PLC0415 - as above

    from conformance import PACKAGE  # noqa: PLC0415 - as above

    chosen = [
        f"--record-mode={mode}",
        *([f"--conformance-upstream={upstream}"] if upstream else []),
    ]
    pairs = zip(("", *arguments), arguments, strict=False)
    named = any(
        Path(each.partition("::")[0]).exists() for before, each in pairs if before[:1] != "-"
    )
    where = [] if named else [str(PACKAGE)]
    run = [sys.executable, "-m", "pytest", "-m", "conformance and scenario"]
    os.execv(sys.executable, [*run, *chosen, *where, *arguments])  # noqa: S606 - it takes our place


@main.command()
@click.option("--check", is_flag=True, help="List nothing; fail on keys and on unused responses.")
@click.option("--cassettes", "root", type=Path, help="Instead of the suite's own.")
def cassettes(*, check: bool, root: Path | None) -> None:
    """List the recorded responses: source, age, the checks that use them."""
    from datetime import UTC, datetime  # noqa: PLC0415 - as above

    from conformance import shipped  # noqa: PLC0415 - as above
    from conformance.cassettes import keys, recordings  # noqa: PLC0415 - as above
    from conformance.run import catalogue  # noqa: PLC0415 - as above
    from conformance.run.report import inventory  # noqa: PLC0415 - as above

    root = (root or shipped("cassettes")).absolute()
    release = _installed_or_reference()
    try:
        checks = catalogue.checks(release)
        if not check:
            terminal.echo(inventory.listing(root, checks, datetime.now(UTC).date()))
            return
        found = list(inventory.problems(root, checks, list(keys.known(Path(".env")).values())))
        if not found and release == releases.reference():
            found = inventory.unused(inventory.answers(root), inventory.played(root), release)
    except (keys.KeysError, inventory.ShelfError, recordings.CassetteError) as error:
        fail(str(error))
    for line in found:
        click.echo(line, err=True)
    if found:
        fail(f"problems found in the cassettes: {len(found)}; {inventory.RECORD_ANEW}")


for command in (*release_commands.COMMANDS, upgrade, witnesses):
    main.add_command(command)
