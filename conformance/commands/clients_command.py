"""The command `clients`: tries client libraries against releases, and keeps what they see."""

from __future__ import annotations

import signal
import sys

import click

from conformance.commands.failing import INTERRUPTED, WRONG, fail
from conformance.core import releases


@click.command()
@click.argument("names", nargs=-1, metavar="[RELEASE]...")
@click.option("--check", is_flag=True, help="Write nothing; fail if a client sees another result.")
def clients(names: tuple[str, ...], *, check: bool) -> None:
    """Try OpenAI's SDK and the release's own client against every release, or each RELEASE.

    Each release runs as its own command, with stand-ins for the vendors; each client is in an
    environment of its own. What they see is a table of the compatibility page.
    """
    from conformance.releases import client_results, client_trial  # noqa: PLC0415 - loads what it uses
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above

    found = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no server is left behind
    try:
        chosen = [releases.find(name) for name in names] or releases.known()
        for release, seen in client_trial.measure(chosen, click.echo):
            found[release] = seen
            if not check:
                client_results.write({release: seen})
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (client_trial.TrialError, EnvironmentsError) as error:
        fail(str(error))
    differing = client_results.differences(client_results.read(), found) if check else []
    for line in differing:
        click.echo(line, err=True)
    sys.exit(1 if differing else 0)
