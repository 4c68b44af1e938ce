"""Mutations for the checks of `server-command`."""

from types import SimpleNamespace

from conformance.stack.mutations import flips

RUN = "cli.stack.run"


def listening(patch, stack, host):
    """Let the command start its server at this address."""
    import uvicorn

    def run(app, **options):
        uvicorn.run(app, **options | {"host": host})

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips({"server-command/host": "loopback"})
def the_command_listens_on_loopback(patch, stack):
    """Whatever the config says, the server is for this machine alone."""
    listening(patch, stack, "127.0.0.1")


@flips({"server-command/host-in-the-config": "ignored"})
def the_command_listens_everywhere(patch, stack):
    """Whatever the config says, the server is for all the network."""
    listening(patch, stack, "0.0.0.0")  # noqa: S104 - nothing listens


@flips({"server-command/port": "obeyed"})
def the_commands_port_has_no_default(patch, stack):
    """Without `--port` the config's port counts."""
    command = stack(f"{RUN}:StackRun")
    original = command._uvicorn_run

    def run(self, config_file, args):
        args.port = None
        original(self, config_file, args)

    patch.setattr(command, "_uvicorn_run", run)


@flips({"server-command/port-variable": "ignored", "server-command/workers-variable": "obeyed"})
def the_command_has_its_own_mind(patch, stack):
    """The server listens on port 8321 and has two workers, whatever the command is told."""
    import uvicorn

    def run(app, **options):
        uvicorn.run(app, **options | {"port": 8321, "workers": 2})

    patch.setattr(stack(RUN), "uvicorn", SimpleNamespace(run=run))


@flips(
    {
        "server-command/without-certificates": "refused",
        "server-command/with-certificates": "refused",
    }
)
def the_command_wants_certificates(patch, stack):
    """Nothing starts, whatever certificates there are."""

    def run(*_):
        raise SystemExit("tls_certfile and tls_keyfile are not enough")

    patch.setattr(stack(f"{RUN}:StackRun"), "_uvicorn_run", run)
