"""The command `llama-conformance`. Wires; every command's work is in a module of its own.

Exit status: 0 done; 1 something differs or failed; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Never

import click

from conformance.commands import release_commands
from conformance.commands.lazy import LazyGroup
from conformance.core import releases
from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from conformance.core.releases import Release


def fail(message: str, status: int = 1) -> Never:
    """End the command with one line on standard error."""
    click.echo(f"error: {message}", err=True)
    sys.exit(status)


def _installed_or_reference() -> Release:
    try:
        return releases.installed()
    except CouldNotObserveError:
        return releases.reference()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="llama-stack-conformance")
def main() -> None:
    """Tell what a release of Llama Stack really does as an inference gateway."""


@main.command("list")
@click.argument("pattern", default="*")
def list_checks(pattern: str) -> None:
    """List the checks whose id is like PATTERN, and what is expected on this release."""
    import fnmatch  # noqa: PLC0415 - commands load what they use, so that `--help` is quick

    from conformance.run import catalogue  # noqa: PLC0415 - as above

    release = _installed_or_reference()
    found = [c for c in catalogue.checks(release) if fnmatch.fnmatchcase(c.id, pattern)]
    if not found:
        fail(f"no check is like `{pattern}`; `llama-conformance list` shows all", 2)
    for check in found:
        bites = "bites" if check.expected in check.topic.bites else ""
        click.echo(f"{check.id:<58} {check.expected or 'not-applicable':<22} {bites}".rstrip())
    click.echo(f"{len(found)} checks; expected on {release}")


@main.command()
@click.argument("slug")
def explain(slug: str) -> None:
    """Show the page of a gotcha or promise, and the stack's code that decides it."""
    import difflib  # noqa: PLC0415 - as above
    import shutil  # noqa: PLC0415 - as above

    from conformance.reports import explain as pages  # noqa: PLC0415 - as above
    from conformance.run import catalogue  # noqa: PLC0415 - as above
    from conformance.stack.sandbox import process_home, surroundings  # noqa: PLC0415 - as above

    slug = slug.partition("/")[0]
    topics = catalogue.topics()
    if slug not in topics:
        near = difflib.get_close_matches(slug, topics, n=1, cutoff=0.5)
        told = f"did you mean `{near[0]}`?" if near else "`llama-conformance list` shows all"
        fail(f"`{slug}` is no gotcha or promise; {told}", 2)
    release = _installed_or_reference()
    checks = [check for check in catalogue.checks(release) if check.topic.slug == slug]
    with surroundings(process_home(), process_home()):
        deciding = list(pages.where(topics[slug], releases.facts(release)))
    text = pages.page(topics[slug], checks, deciding, str(release))
    click.echo(pages.wrapped(text, shutil.get_terminal_size().columns), nl=False)


@main.command()
@click.argument("slug")
def new(slug: str) -> None:
    """Write the folder of a gotcha named SLUG, with a check that is not measured yet."""
    from conformance.commands import new_gotcha  # noqa: PLC0415 - as above
    from conformance.releases import suite_copy  # noqa: PLC0415 - as above

    root = suite_copy.checkout()
    if root is None:
        fail("a gotcha is added to a checkout of the suite, and this is an installed copy", 2)
    try:
        files = new_gotcha.write(slug, root / "conformance")
    except new_gotcha.NewGotchaError as error:
        fail(str(error), 2)
    for file in files:
        click.echo(file.relative_to(root))
    click.echo(f"next: replace the example, then: pytest --check '{slug}/*'")


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is out of date.")
def generate(*, check: bool) -> None:
    """Write the generated files anew: the catalogue and the README's tables."""
    from conformance.reports import generated  # noqa: PLC0415 - as above

    root = Path.cwd()
    stale = [path for path, text in generated.files(root).items() if not _holds(path, text)]
    if check and stale:
        names = ", ".join(str(path.relative_to(root)) for path in stale)
        fail(f"out of date: {names}; `make format` writes them anew")
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
    """Chat once plainly and once streamed with every vendor whose key is known."""
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
    """Record the vendors' answers anew, with keys from .env or the environment."""
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
@click.option("--check", is_flag=True, help="List nothing; fail on keys and on unused answers.")
@click.option("--cassettes", "root", type=Path, help="Instead of the suite's own.")
def cassettes(*, check: bool, root: Path | None) -> None:
    """List the recorded answers: where from, how old, used by which checks."""
    from datetime import UTC, datetime  # noqa: PLC0415 - as above

    from conformance import shipped  # noqa: PLC0415 - as above
    from conformance.cassettes import keys, recordings  # noqa: PLC0415 - as above
    from conformance.run import (  # noqa: PLC0415 - as above
        catalogue,
        inventory,
    )

    root = (root or shipped("cassettes")).absolute()
    release = _installed_or_reference()
    try:
        checks = catalogue.checks(release)
        if not check:
            click.echo("\n".join(inventory.listing(root, checks, datetime.now(UTC).date())))
            return
        found = list(inventory.problems(root, checks, list(keys.known(Path(".env")).values())))
        if not found and release == releases.reference():
            found = inventory.unused(inventory.answers(root), inventory.played(root), release)
    except (keys.KeysError, inventory.ShelfError, recordings.CassetteError) as error:
        fail(str(error))
    for line in found:
        click.echo(line, err=True)
    if found:
        fail(f"{len(found)} of the cassettes' contents must go; {inventory.RECORD_ANEW}")


for command in release_commands.COMMANDS:
    main.add_command(command)
