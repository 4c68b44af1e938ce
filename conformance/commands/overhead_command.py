"""The command `bench-gateway`: what releases add to a chat, as a table that judges nothing."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from conformance.commands.failing import INTERRUPTED, WRONG, fail
from conformance.core import releases


@click.command("bench-gateway")
@click.argument("names", nargs=-1, metavar="[RELEASE]...")
@click.option("--reports", type=Path, default=Path("reports"), show_default=True)
def bench_gateway(names: tuple[str, ...], reports: Path) -> None:
    """Time chats through each RELEASE (or the reference one) and without a gateway, in pairs."""
    from conformance.releases import overhead  # noqa: PLC0415 - loads what it uses
    from conformance.releases.client_trial import TrialError  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above
    from conformance.reports.rendering import render  # noqa: PLC0415 - as above

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no server is left behind
    try:
        chosen = [releases.find(name) for name in names] or [releases.reference()]
        rows = list(overhead.measured(chosen))
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (TrialError, EnvironmentsError) as error:
        fail(str(error))
    asked = overhead.REQUESTS * overhead.ROUNDS
    text = render("bench_gateway.md", rows=rows, requests=asked)
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "bench-gateway.md").write_text(text, encoding="utf-8")
    click.echo(text, nl=False)
    click.echo(f"written: {reports / 'bench-gateway.md'}", err=True)
