"""The commands `llama-conformance diagnose` and `llama-conformance schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Never

import click

from conformance.judge.finding import Level

FORMATS = ("text", "json", "sarif", "github", "markdown")
UNABLE = 2


def fail(message: str) -> Never:
    """End the command because nothing can be diagnosed."""
    click.echo(f"error: {message}", err=True)
    sys.exit(UNABLE)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--release",
    "releases",
    multiple=True,
    metavar="R",
    help="0.7.1, ogx==1.5.0, installed, latest or all; repeatable. Default: the release the file "
    "seems written for, and the latest.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--fix", is_flag=True, help="Write the unambiguous cures, with a backup beside.")
@click.option("--diff", is_flag=True, help="Show what --fix or --migrate would write.")
@click.option("--migrate", metavar="TO", help="Rewrite the file for a release, with a backup.")
@click.option("--boot", is_flag=True, help="Also start it on the installed release, offline.")
@click.option("--registry", metavar="auto|PATH", help="Also compare what the stack has registered.")
@click.option("--forget-stale", is_flag=True, help="With --registry: remove what is stale.")
@click.option("--env-file", type=click.Path(path_type=Path), help="Variables of the config.")
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Level]),
    default=Level.ERROR.value,
    show_default=True,
    help="The least that makes the exit status 1.",
)
def diagnose(**chosen: Any) -> None:
    """Say what is wrong with configs of Llama Stack or OGX, without starting anything.

    PATH is a file, a directory, or - for standard input: a config, a Kubernetes manifest with one
    in it, a compose file, what `helm template` prints.

    Exit status: 0 nothing at or above --fail-on, 1 findings (with --diff: a difference), 2
    something could not be diagnosed.
    """
    from conformance.diagnose import options, session  # noqa: PLC0415 - so that `--help` is quick

    if "" in chosen["paths"] or chosen["migrate"] == "":
        fail("an empty PATH or release is none; is a variable not set?")
    try:
        status = session.run(options.Request(**chosen), click.echo)
    except options.UsageError as error:
        fail(str(error))
    sys.exit(status)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("release")
def schema(release: str) -> None:
    """Print the JSON Schema of a release's config, for editors and other validators.

    An editor with yaml-language-server takes it from a first line such as
    `# yaml-language-server: $schema=ogx-1.5.0.schema.json`.
    """
    import json  # noqa: PLC0415 - as above

    from conformance.judge import judging  # noqa: PLC0415 - as above
    from conformance.schemas import reading  # noqa: PLC0415 - as above

    try:
        found = reading.find(release)
    except LookupError as error:
        fail(str(error.args[0]))
    click.echo(json.dumps(judging.json_schema(found), indent=2, ensure_ascii=False))
