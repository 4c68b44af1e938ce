"""Servers in processes of their own, with stand-ins as their vendors; one start a setting."""

from __future__ import annotations

import json
import socket
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
import yaml

from conformance.core.model import CouldNotObserveError
from conformance.stack import configs, server_process
from conformance.stack.client import Answer
from conformance.stack.entry import entry, variable
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from conformance.core.releases import Facts
    from conformance.run.session import Session
    from conformance.stack.configs import Config
    from conformance.stack.server_process import ServerProcess
    from conformance.vendors.dialect import Request
    from conformance.vendors.stand_ins import StandIns

    Serve = Callable[..., Awaitable["Server"]]

LIMIT_S = 60.0
VENDOR = UPSTREAMS["openai"]
MODEL = configs.model("openai", "gpt-4o")
PROMPT = "The quick brown fox knows PROMPTpromptPROMPT."


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a server: the answer, what it cost, and the traces it left.

    `answer` is None if the connection broke before one came.
    """

    answer: Answer | None
    processor_s: float
    console: str
    log: str
    received: tuple[Request, ...]


@dataclass(slots=True)
class Server:
    """A running server with its stand-ins, as a caller and the operator see it."""

    process: ServerProcess
    url: str
    header: str
    stand_ins: StandIns
    _made: dict[str, Exchange] = field(default_factory=dict)

    @property
    def vendor(self) -> str:
        """The address of the vendor, OpenAI's stand-in."""
        return self.stand_ins.base[VENDOR.name]

    @property
    def open_connections(self) -> int:
        """How many connections the server has to the vendor that are not closed."""
        return self.process.connections_to(int(self.vendor.rpartition(":")[2]))

    def data(self, key: str) -> dict[str, str]:
        """Return the provider data of a caller with a key."""
        return {"passthrough_url": self.vendor, "passthrough_api_key": key}

    async def chat(self, data: Mapping[str, Any] | None, **fields: Any) -> Exchange:
        """Send a chat with this provider data, or without the header; equal ones only once.

        Checks that look at different traces of an exchange share it. A connection is used for no
        other request.
        """
        name = json.dumps([data, fields])
        if name not in self._made:
            headers = {} if data is None else {self.header: json.dumps(dict(data))}
            self._made[name] = await self._exchange(headers, {"model": "openai/gpt-4o"} | fields)
        return self._made[name]

    async def _exchange(self, headers: dict[str, str], fields: dict[str, Any]) -> Exchange:
        await self.process.settled()
        used, said, noted = self.process.processor_s, self.process.console, self.process.log
        known = len(self.stand_ins.requests)
        body = {"messages": [{"role": "user", "content": PROMPT}]} | fields
        async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S) as client:
            try:
                got = await client.post(
                    f"{self.url}/v1/chat/completions", json=body, headers=headers
                )
            except httpx.TimeoutException as error:
                raise CouldNotObserveError(f"no answer within {LIMIT_S:g} s") from error
            except httpx.TransportError:
                answer = None
            else:
                answer = Answer(got.status_code, dict(got.headers), got.text)
        await self.process.settled()
        return Exchange(
            answer,
            self.process.processor_s - used,
            self.process.console[len(said) :],
            self.process.log[len(noted) :],
            tuple(self.stand_ins.requests[known:]),
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def serve(conformance_session: Session, facts: Facts) -> AsyncIterator[Serve]:
    """A way to start the release's own server, with settings of its environment.

    `await serve(LOG_FORMAT="json")` names settings of the stack, under the prefix of the release;
    `variables` are others, in which `{gemini}` stands for that stand-in's address. A server is kept
    for the next check that wants the same. It has answered one chat: the first one loads the SDK.
    """
    from conformance.vendors.server import serve as stand_ins  # noqa: PLC0415 - costs its users

    release = conformance_session.release
    assert release is not None  # noqa: S101 - conformance_session has seen to it
    made: dict[str, Server] = {}
    async with AsyncExitStack() as kept:

        async def server(variables: Mapping[str, str] | None = None, **settings: str) -> Server:
            name = json.dumps([variables, settings], sort_keys=True)
            if name not in made:
                vendors = kept.enter_context(stand_ins())
                home = conformance_session.directory("home")
                own = {variable(facts, key): value for key, value in settings.items()}
                own |= {
                    key: value.format(**vendors.base) for key, value in (variables or {}).items()
                }
                log = home.parent / "log"
                own[variable(facts, "LOG_FILE")] = str(log)
                with _free_port() as port:
                    file = home.parent / "run.yaml"
                    config = served(conformance_session.of_release.config, vendors.base, port)
                    file.write_text(yaml.safe_dump(config), encoding="utf-8")
                line = server_process.command(
                    entry(release, facts).name, "stack", "run", str(file), "--port", str(port)
                )
                run = server_process.started(line, home, port, log, own)
                process = await kept.enter_async_context(run)
                made[name] = Server(process, f"http://127.0.0.1:{port}", facts.header, vendors)
                await made[name].chat(made[name].data(VENDOR.stand_in_key))
            return made[name]

        yield server


@pytest.fixture
def stand_in_key() -> str:
    """A key that the stand-in of a server's vendor takes."""
    return VENDOR.stand_in_key


def served(config: Config, base: Mapping[str, str], port: int) -> Config:
    """Return a config with two passthrough providers, whose vendor is a stand-in, on loopback.

    `local` is the same vendor under the name `localhost`, for settings that go by host.
    """
    here = base[VENDOR.name]
    local = configs.provider("local", base_url=here.replace("127.0.0.1", "localhost"))
    providers = [configs.provider("openai", base_url=here), local]
    # Ignored by releases that do not know it; others start nothing without certificates.
    server = {"host": "127.0.0.1", "port": port, "insecure": True}
    return configs.inference(config, providers, [MODEL]) | {"server": server}


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]
