"""The command `live`: pytest, with the options for a gateway that is already running."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from conformance import PACKAGE
from conformance.commands.failing import INTERRUPTED, WRONG, fail
from conformance.run import arguments
from conformance.run.live.options import is_url

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "--conformance-"
# pytest's own statuses, and what this command ends with instead, as all commands do.
STATUSES = {4: WRONG, 2: INTERRUPTED}
# The package is imported already: pytest would say so, for it explains no `assert` in it then.
QUIETLY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


def _option(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an option by its short name, and by pytest's, which messages of a run give it."""
    return click.option(name, PREFIX + name.removeprefix("--"), **settings)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("url")
@_option("--release", metavar="RELEASE", help="Of a gateway that does not tell its own.")
@_option("--model", metavar="ID", help="Chat with this model alone, listed or not.")
@_option("--token-env", metavar="NAME", help="Variable with a bearer token for the gateway.")
@_option("--ca", metavar="PATH", help="Trust this authority's certificate.")
@_option("--insecure", is_flag=True, help="Trust any certificate.")
@_option("--keys", type=click.Choice(arguments.KINDS_OF_KEYS), help="Which keys are sent.")
@_option("--layer", type=click.Choice(arguments.LAYERS), help="Hold answers to the letter?")
@_option("--spend", is_flag=True, help="Also chat; an estimate is printed first.")
@_option("--chats", metavar="N", type=click.IntRange(1), help="Most chats a model (20).")
@_option("--write", is_flag=True, help="Change the gateway, too; what is made is deleted.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def live(url: str, pytest_arguments: tuple[str, ...], **options: str | int | bool | None) -> None:
    """Ask the gateway at URL what can be asked from outside; reads only, and without any key.

    What follows is handed to pytest: `-v`, `--junitxml=PATH`, `--conformance-json=PATH`. Ends with
    0 if all is as expected, with 1 if not, with 2 if it cannot be asked, interrupted with 130.
    """
    import pytest  # noqa: PLC0415 - commands load what they use, so that `--help` is quick

    if not is_url(url):
        fail(f"{url}: a gateway's URL begins with http:// or https://", WRONG)
    chosen = [f"--stack-config={url}"]
    for name, value in options.items():
        option = PREFIX + name.replace("_", "-")
        if value is True:
            chosen.append(option)
        elif value not in {None, False}:  # an empty one is refused, and not left out
            chosen.append(f"{option}={value}")
    words = ["-m", "conformance", "-rN", *QUIETLY, *chosen, str(PACKAGE), *pytest_arguments]
    try:
        status = int(pytest.main(words))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(STATUSES.get(status, status))
