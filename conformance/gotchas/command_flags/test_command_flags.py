"""The command refuses flags that older releases take, and has another name in newer ones."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="command-flags",
    happens="the command ends at a flag of older releases (`--image-type`, `--image-name`, "
    "`--env`), of guides (`--config`) or of newer ones (`--insecure`)",
    why="a start script or a container's command line that worked before an upgrade does not "
    "start anything after it",
    example="llama stack run run.yaml --image-type venv",
    instead="start it with the file and `--port` alone, `llama stack run run.yaml --port 8321`; "
    "set variables in the environment, and `server.insecure` in the file",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"refused"}),
    decided_by=("cli.stack.run:StackRun._add_arguments", "cli.stack.run:add_run_arguments"),
)

SERVER = {"host": "127.0.0.1", "port": 9321, "insecure": True}
PORT = 9322
RESULTS = {"starts": "the server starts", "refused": "the command ends, and names what it refuses"}


def result(run, word):
    """Return whether the server starts; one of RESULTS. A refusal has to name this word."""
    if run.refusal and word not in run.refusal:
        raise CouldNotObserveError(f"the command ends for another reason: {run.refusal}")
    return "refused" if run.refusal else "starts"


@pytest.mark.parametrize(
    "flags",
    [
        ("{file}", "--image-type", "venv"),
        ("{file}", "--image-name", "some"),
        ("{file}", "--env", "A=b"),
        ("--config", "{file}"),
        ("{file}", "--insecure"),
    ],
    ids=["image-type", "image-name", "env", "config", "insecure"],
)
@outcomes(**RESULTS)
async def test_flag(command, observed, config, flags):
    """A command line with a flag of this name."""
    config["server"] = SERVER
    run = await command(config, *flags)
    observed(result(run, next(each for each in flags if each.startswith("--"))), run)


@outcomes(**RESULTS, ignored="the server starts, on another port")
async def test_port_alone(command, observed, config):
    """A command line with the file and `--port`, which is not the port of the file."""
    config["server"] = SERVER
    run = await command(config, "{file}", "--port", str(PORT))
    outcome = result(run, "--port")
    observed("ignored" if outcome == "starts" and run.port != PORT else outcome, run)


@outcomes(**RESULTS)
async def test_without_stack(command, observed, config):
    """`ogx run FILE`, for `ogx stack run FILE`; with the name that the release's command has."""
    config["server"] = SERVER
    run = await command(config, words=["run"])
    observed(result(run, "'run'"), run)
