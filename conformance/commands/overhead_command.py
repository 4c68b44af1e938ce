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
@click.option(
    "--chats",
    type=click.IntRange(80),
    metavar="N",
    help="Send N, and show memory and open files meanwhile instead.",
)
@click.option("--reports", type=Path, default=Path("reports"), show_default=True)
def bench_gateway(names: tuple[str, ...], chats: int | None, reports: Path) -> None:
    """Time chats through each RELEASE (or the reference one) and without a gateway, in pairs."""
    from conformance.releases import endurance, overhead  # noqa: PLC0415 - loads what it uses
    from conformance.releases.client_trial import TrialError  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above
    from conformance.reports.rendering import render  # noqa: PLC0415 - as above

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no server is left behind
    try:
        chosen = [releases.find(name) for name in names] or [releases.reference()]
        text = (
            render("bench_memory.md", rows=endurance.measured(chosen, chats))
            if chats
            else render(
                "bench_gateway.md",
                rows=overhead.measured(chosen),
                requests=overhead.REQUESTS * overhead.ROUNDS,
            )
        )
    except LookupError as error:
        fail(str(error.args[0]), WRONG)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (TrialError, EnvironmentsError) as error:
        fail(str(error))
    file = reports / ("bench-memory.md" if chats else "bench-gateway.md")
    reports.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    click.echo(text, nl=False)
    click.echo(f"written: {file}", err=True)
