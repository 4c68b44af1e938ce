"""Servers in processes of their own, with stand-ins as their vendors; one start a setting."""

from __future__ import annotations

import json
import socket
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
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
    from pathlib import Path

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
            self._made[name] = await self._exchange(headers, fields)
        return self._made[name]

    async def send(self, data: Mapping[str, Any], **fields: Any) -> int:
        """Send a chat whatever was sent before; return its status.

        Raises `CouldNotObserveError` if no answer comes.
        """
        answer = await self._post({self.header: json.dumps(dict(data))}, fields)
        if answer is None:
            raise CouldNotObserveError("the connection broke before an answer came")
        return answer.status

    async def _post(self, headers: dict[str, str], fields: dict[str, Any]) -> Answer | None:
        messages = [{"role": "user", "content": PROMPT}]
        body = {"model": "openai/gpt-4o", "messages": messages} | fields
        async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S) as client:
            try:
                got = await client.post(
                    f"{self.url}/v1/chat/completions", json=body, headers=headers
                )
            except httpx.TimeoutException as error:
                raise CouldNotObserveError(f"no answer within {LIMIT_S:g} s") from error
            except httpx.TransportError:
                return None
        return Answer(got.status_code, dict(got.headers), got.text)

    async def _exchange(self, headers: dict[str, str], fields: dict[str, Any]) -> Exchange:
        await self.process.settled()
        used, said, noted = self.process.processor_s, self.process.console, self.process.log
        known = len(self.stand_ins.requests)
        answer = await self._post(headers, fields)
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
    `variables` are others, in which `{gemini}` stands for that stand-in's address; `customize` is
    code that Python runs first. A server is kept for the next check that wants the same. It has
    answered one chat: the first one loads the SDK.
    """
    from conformance.vendors.server import serve as stand_ins  # noqa: PLC0415 - costs its users

    made: dict[str, Server] = {}
    async with AsyncExitStack() as kept:

        async def server(
            variables: Mapping[str, str] | None = None, customize: str = "", **settings: str
        ) -> Server:
            name = json.dumps([variables, customize, settings], sort_keys=True)
            if name not in made:
                vendors = kept.enter_context(stand_ins())
                home = conformance_session.directory("home")
                own = {variable(facts, key): value for key, value in settings.items()}
                own |= {key: text.format(**vendors.base) for key, text in (variables or {}).items()}
                own |= _customized(home.parent, customize)
                start = _started(conformance_session, facts, home, vendors, own)
                made[name] = await kept.enter_async_context(start)
            return made[name]

        yield server


@asynccontextmanager
async def _started(
    session: Session, facts: Facts, home: Path, vendors: StandIns, variables: Mapping[str, str]
) -> AsyncIterator[Server]:
    release = session.release
    assert release is not None  # noqa: S101 - conformance_session has seen to it
    log = home.parent / "log"
    with _free_port() as port:
        file = home.parent / "run.yaml"
        config = served(session.of_release.config, vendors.base, port)
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
    script = entry(release, facts).name
    line = server_process.command(script, "stack", "run", str(file), "--port", str(port))
    own = {variable(facts, "LOG_FILE"): str(log), **variables}
    async with server_process.started(line, home, port, log, own) as process:
        server = Server(process, f"http://127.0.0.1:{port}", facts.header, vendors)
        await server.chat(server.data(VENDOR.stand_in_key))
        yield server


def _customized(directory: Path, code: str) -> dict[str, str]:
    """Write code that Python runs before the server; return the variable that names its place."""
    if not code:
        return {}
    place = directory / "site"
    place.mkdir()
    (place / "sitecustomize.py").write_text(code + "\n", encoding="utf-8")
    return {"PYTHONPATH": str(place)}


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
