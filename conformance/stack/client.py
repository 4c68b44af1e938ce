"""The HTTP client of a gateway: one booted in this process, or one that listens on a port."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import httpx

from conformance.contract.asked import Asked
from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    Heard = Callable[[Asked, "Answer"], None]

HOST = "gateway.test"  # reserved by RFC 2606: never resolves
LIMIT_S = 20.0
REFUSED, SERVER_ERROR = 400, 500
PLAINLY = {"Accept-Encoding": "identity"}
PROMPT = "Say hello."
MOST_TOKENS = 200  # of an answer: those of a recording are paid for; models that think need some


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered: status, header fields (lower-case names) and the body's text."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Return the parsed body, or None if it is not JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @property
    def trouble(self) -> str:
        """What an error's status says: `refused` for a 4xx, `server-error` from 500 on, else "".

        Checks have outcomes of these names, for a refusal and a failure are not the same.
        """
        if self.status >= SERVER_ERROR:
            return "server-error"
        return "refused" if self.status >= REFUSED else ""

    def events(self) -> list[Any]:
        """Return the `data:` events of a stream, parsed; the closing `[DONE]` stays a string."""
        lines = [line.removeprefix("data:").strip() for line in self.text.splitlines() if line]
        return [line if line == "[DONE]" else _parsed(line) for line in lines]

    def content(self) -> str:
        """Return the assistant's words, of a plain answer or put together from a stream's deltas.

        An answer without choices, an error for example, has the content "".
        """
        if "text/event-stream" not in self.headers.get("content-type", ""):
            return "".join(_words(self.json(), "message"))
        return "".join(word for event in self.events() for word in _words(event, "delta"))

    def __str__(self) -> str:
        return f"HTTP {self.status} {self.text.strip()}"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _words(body: Any, part: str) -> list[str]:
    choices = body.get("choices") if isinstance(body, dict) else None
    return [(choice.get(part) or {}).get("content") or "" for choice in choices or []]


def plain_client(**options: Any) -> httpx.AsyncClient:
    """Return a client of servers on loopback, which speak plain HTTP and need no proxy.

    It trusts no authority: to read all of them takes longer than most requests.
    """
    return httpx.AsyncClient(
        trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **options
    )


class Gateway:
    """Sends requests as a caller would.

    `header` is the name of the provider-data header of the release. `asking` is called before each
    request; what it returns is called with the request and its answer. Every request is ended
    after `limit_s` seconds with `CouldNotObserveError`, for a hang is no answer.
    """

    def __init__(
        self,
        header: str,
        *,
        app: Any = None,
        url: str | None = None,
        client: httpx.AsyncClient | None = None,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Talk to the URL or, without one, to an ASGI app in this process.

        `client` replaces the httpx client that would be made for them. `around` is entered around
        every request, so that the app finds its own module state.
        """
        # The answer is observed as a remote caller would get it, so the app's exceptions stay in.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False) if url is None else None
        self.header = header
        self.around = around
        self.asking: Callable[[], Heard] = lambda: lambda _asked, _answer: None
        self.most_tokens = MOST_TOKENS
        self.client = client or plain_client(transport=transport, base_url=url or f"http://{HOST}")

    @property
    def limit_s(self) -> float:
        """How long an answer may take."""
        return LIMIT_S

    async def __aenter__(self) -> Self:
        """Open the client."""
        await self.client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.client.__aexit__(kind, error, trace)

    async def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Send one request and return the answer.

        `data` is the provider data: a mapping is sent as JSON, a string as it is, None sends no
        such header.
        """
        fields = dict(headers or {})
        if data is not None:
            fields[self.header] = data if isinstance(data, str) else json.dumps(data)
        limit_s = self.limit_s
        heard = self.asking()
        try:
            async with asyncio.timeout(limit_s):
                with self.around():
                    answer = await self._sent(method, path, fields, body)
        except (TimeoutError, httpx.HTTPError) as error:
            late = isinstance(error, TimeoutError | httpx.TimeoutException)
            within = f" within {limit_s:g} s" if late else ""
            raise CouldNotObserveError(
                f"{method} {path} got no answer{within}: {error!r}"
            ) from error
        heard(Asked(method, path, body), answer)
        return answer

    async def _sent(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        """Send a request; the body of the answer is taken as it is, whatever coding it claims."""
        asking = self.client.stream(
            method, path, headers={**PLAINLY, **headers}, json=body, timeout=self.limit_s
        )
        async with asking as got:
            raw = b"".join([piece async for piece in got.aiter_raw()])
        fields = dict(got.headers)
        coded = {name: each for name, each in fields.items() if name != "content-encoding"}
        return Answer(got.status_code, fields, httpx.Response(200, headers=coded, content=raw).text)

    async def chat(
        self,
        model: str,
        *,
        data: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str] | None = None,
        limited: bool = True,
        **fields: Any,
    ) -> Answer:
        """Ask `model` (an identifier `/v1/models` shows) for one chat completion.

        Further fields of the request, `stream=True` for example, go into its body. The answer is
        `limited` to a few tokens, unless the body is to hold nothing else.
        """
        body = {"model": model, "messages": [{"role": "user", "content": PROMPT}], **fields}
        if limited and not fields.keys() & {"max_tokens", "max_completion_tokens"}:
            body["max_completion_tokens"] = self.most_tokens
        return await self.request(
            "POST", "/v1/chat/completions", data=data, headers=headers, body=body
        )

    async def models(self, *, data: Mapping[str, Any] | str | None = None) -> Answer:
        """Ask for the list of models."""
        return await self.request("GET", "/v1/models", data=data)

    async def model_ids(self, *, data: Mapping[str, Any] | str | None = None) -> list[str]:
        """Return the identifiers that `/v1/models` shows, in its order.

        Raises `CouldNotObserveError` if the answer is not a list of models.
        """
        answer = await self.models(data=data)
        body = answer.json()
        try:
            return [model["id"] for model in body["data"]]
        except (TypeError, KeyError) as error:
            raise CouldNotObserveError(
                f"/v1/models answered no list of models: {answer}"
            ) from error
