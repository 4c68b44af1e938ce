"""The command writes the config, with all secrets in clear, to a temporary file that stays."""

import asyncio
import signal
import stat

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="resolved-config",
    happens="the command writes the config, all variables' values in clear, to a temporary file, "
    "and leaves it there",
    why="from 1.2.0 on keys, passwords and tokens that were only in the environment are on a disk, "
    "and stay there when the server has ended; only its own user may read them",
    example="TMPDIR=/run/gateway llama stack run run.yaml; ls /run/gateway",
    instead="name a directory in `TMPDIR` that only this server has, best in memory, and empty it "
    "once the server has ended",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.KEY, Exposed.CONFIG}),
    bites=frozenset({"in-a-file", "for-all"}),
    worst=frozenset({"for-all"}),
    decided_by=("cli.stack.run:StackRun._uvicorn_run", "cli.stack.run:_uvicorn_run"),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

KEY = "sk-of-the-server-5sH2vB8nQ4xT7wKd"
VARIABLES = {"OWN_VENDOR_KEY": KEY}
PROVIDER = configs.provider("with-a-key", api_key="${env.OWN_VENDOR_KEY}")
LIMIT_S = 60
RESULTS = {
    "in_a_file": "a file in the server's temporary directory has the key; its owner may read it",
    "for_all": "a file there has the key, and other users may read it",
    "nowhere": "no file there has it",
}


def result(directory):
    """Return the outcome and its evidence for a directory and all below it."""
    files = [file for file in directory.rglob("*") if file.is_file()]
    found = [file for file in files if KEY.encode() in file.read_bytes()]
    evidence = f"{len(found)} of {len(files)} files"
    if not found:
        return "nowhere", evidence
    modes = [stat.S_IMODE(file.stat().st_mode) for file in found]
    others = any(mode & (stat.S_IRWXG | stat.S_IRWXO) for mode in modes)
    return "for-all" if others else "in-a-file", f"{evidence}, mode {modes[0]:o}"


@outcomes(**RESULTS)
async def test_while_it_runs(serve, observed):
    """A config whose `api_key` is a variable, which has a key; the server runs."""
    server = await serve(VARIABLES, providers=[PROVIDER])
    observed(*result(server.home.parent))


@outcomes(**RESULTS)
async def test_after_sigterm(own_server, observed):
    """The same, once the server has ended after SIGTERM."""
    async with own_server(variables=VARIABLES, providers={"inference": [PROVIDER]}) as server:
        server.process.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.process.wait, LIMIT_S)
        observed(*result(server.home.parent))
