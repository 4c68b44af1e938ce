"""Mutations for the checks of `server-ends`."""

import os
from types import SimpleNamespace

from conformance.stack.mutations import flips_server

RUN = "cli.stack.run"


@flips_server({"server-ends/port-in-use": "failure"})
def no_start_is_a_failure(patch, stack):
    """The command ends as the web server does."""
    import uvicorn

    def run(*arguments, **options):
        try:
            uvicorn.run(*arguments, **options)
        except SystemExit as error:
            raise RuntimeError(error.code) from error

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips_server({"server-ends/failed-start": "success"})
def whatever_happens_is_a_success(patch, stack):
    """The command catches all that the web server raises."""
    import uvicorn

    def run(*arguments, **options):
        try:
            uvicorn.run(*arguments, **options)
        except Exception:  # noqa: BLE001 - this is what the mutation is about
            os._exit(0)

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips_server({"server-ends/silent-vendor": "ends", "server-ends/stream-at-sigterm": "cut"})
def a_signal_ends_it_at_once(patch, _stack):
    """The web server waits for nobody."""
    import uvicorn

    patch.setattr(uvicorn.Server, "handle_exit", lambda *_: os._exit(0))
