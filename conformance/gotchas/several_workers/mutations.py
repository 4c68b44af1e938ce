"""Mutations for the checks of `several-workers`."""

from types import SimpleNamespace

from conformance.stack.mutations import flips_server

RUN = "cli.stack.run"


@flips_server({"several-workers/without-host": "asks-for-its-port"})
def a_server_has_one_host(patch, stack):
    """The command gives the web server a host, not a list of hosts."""
    import uvicorn

    def run(*arguments, host, **options):
        uvicorn.run(*arguments, host=host if isinstance(host, str) else host[-1], **options)

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips_server({"several-workers/with-host": "fewer"})
def there_is_one_worker(patch, stack):
    """The command does not tell the web server how many workers there are."""
    import uvicorn

    def run(*arguments, workers, **options):  # noqa: ARG001 - taken away
        uvicorn.run(*arguments, **options)

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips_server({"several-workers/slow-start": "waited-for"})
def no_worker_is_killed(patch, _stack):
    """The web server waits for its workers."""
    from uvicorn.supervisors.multiprocess import Process

    patch.setattr(Process, "is_alive", lambda *_arguments, **_options: True)
