"""The stack's own command decides where the server listens, and whether it starts at all."""

from conformance.core.model import Claim, CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="server-command",
    happens="`llama stack run` listens on every address unless `server.host` names one, and before "
    "1.1.0 on port 8321 whatever `server.port` says",
    why="the gateway, open as it is, can be reached from the network, before 1.1.0 not at the port "
    "in its config; from 1.2.0 on nothing starts without certificates",
    example="server: {port: 9000}",
    instead="give `--port`, write `server.host: 127.0.0.1`, and from 1.2.0 on set "
    "`server.tls_certfile` and `server.tls_keyfile`, or `server.insecure: true` behind a proxy "
    "that speaks TLS",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset({"everywhere", "ignored", "refused"}),
    claims=(
        Claim(
            says="Server: port config. Just `port: 8321`.",
            section="How `run.yaml` is structured, 4",
            check="port",
            confirmed=frozenset({"obeyed"}),
            really="the command listens on its own default, 8321, unless `--port` or the "
            "environment says otherwise; that the config names the same port hides it",
        ),
    ),
    decided_by=("cli.stack.run:StackRun._uvicorn_run", "cli.stack.run:_uvicorn_run"),
)

# Ignored by releases that do not know it; others start nothing without it.
INSECURE = {"insecure": True}
LOOPBACK, PORT, OTHER_PORT, WORKERS = "127.0.0.1", 9321, 9322, 2
EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - nothing listens
THERE = {
    "obeyed": "the server listens there",
    "ignored": "the server listens elsewhere",
    "refused": "the command ends",
}


def listening(host):
    """Return the outcome for the host, or the hosts, that the server is told to listen on."""
    hosts = set(host if isinstance(host, list) else [host])
    if hosts & EVERYWHERE:
        return "everywhere"
    return "loopback" if hosts <= {LOOPBACK, "localhost", "::1"} else "one-address"


@outcomes(
    everywhere="on every address of the machine",
    loopback="on loopback only",
    one_address="on another address of the machine, or its name, only",
    refused="nowhere: the command ends",
)
async def test_host(command, observed, config):
    """A config without `server.host`."""
    config["server"] = {"port": PORT} | INSECURE
    run = await command(config)
    observed("refused" if run.refusal else listening(run.host), run)


@outcomes(**THERE)
async def test_host_in_the_config(command, observed, config):
    """`server.host: 127.0.0.1`."""
    config["server"] = {"host": LOOPBACK, "port": PORT} | INSECURE
    run = await command(config)
    observed("refused" if run.refusal else "obeyed" if run.host == LOOPBACK else "ignored", run)


@outcomes(**THERE)
async def test_port(command, observed, config):
    """`server.port: 9321`."""
    config["server"] = {"port": PORT} | INSECURE
    run = await command(config)
    observed("refused" if run.refusal else "obeyed" if run.port == PORT else "ignored", run)


@outcomes(**THERE)
async def test_port_variable(command, observed, config):
    """`PORT=9322` in the environment, and `server.port: 9321`."""
    config["server"] = {"port": PORT} | INSECURE
    run = await command(config, PORT=str(OTHER_PORT))
    observed("refused" if run.refusal else "obeyed" if run.port == OTHER_PORT else "ignored", run)


@outcomes(
    obeyed="the server has so many workers",
    not_read="the server has as many workers as the config says",
    refused="the command ends",
)
async def test_workers_variable(command, observed, config):
    """`WORKERS=2` in the environment, and `server.workers: 1`."""
    config["server"] = {"host": LOOPBACK, "port": PORT, "workers": 1} | INSECURE
    run = await command(config, WORKERS=str(WORKERS))
    outcome = "obeyed" if run.workers == WORKERS else "not-read"
    observed("refused" if run.refusal else outcome, run)


TLS = {
    "with_tls": "the server starts, with TLS",
    "starts": "the server starts, without TLS",
    "refused": "the command ends, and asks for certificates",
}


def secured(run):
    """How the command starts a server, or why it starts none: one of TLS."""
    if not run.refusal:
        return "with-tls" if run.tls else "starts"
    if "tls_certfile" not in run.refusal:
        raise CouldNotObserveError(f"the command ends for another reason: {run.refusal}")
    return "refused"


@outcomes(**TLS)
async def test_without_certificates(command, observed, config):
    """A config that says nothing of TLS."""
    config["server"] = {"port": PORT}
    run = await command(config)
    observed(secured(run), run)


@outcomes(**TLS)
async def test_with_certificates(command, observed, config):
    """A config with `server.tls_certfile` and `server.tls_keyfile`, and without `insecure`."""
    files = {"tls_certfile": "/etc/tls/gateway.crt", "tls_keyfile": "/etc/tls/gateway.key"}
    config["server"] = {"port": PORT} | files
    run = await command(config)
    observed(secured(run), run)
