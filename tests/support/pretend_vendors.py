"""The vendors as a recording with real keys would meet them: TLS, real names, real habits.

They answer as the stand-ins do, but for what differs live: keys that are no stand-in's, other
words, usage and fields, long lists of models, and ids of accounts and persons all over. `World`
says how the vendors are on that day. Nothing leaves the machine: connections to the vendors' names
are led to loopback, where the certificates of an authority of this test's own are shown.
"""

from __future__ import annotations

import copy
import gzip
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import trustme

from conformance.vendors import UPSTREAMS, anthropic, faults
from conformance.vendors.dialect import Answer, compact
from conformance.vendors.faults import NO_FAULT, Fault
from conformance.vendors.keyless import DIALECTS
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from conformance.vendors.dialect import Request
    from conformance.vendors.stand_ins import StandIns

# Of the vendors' own forms, and nobody's.
KEYS = {
    "openai": "sk-proj-T3stQmZx81LkVbNwRr47HsYpUe62JdGfAoCi95tKaXzB",
    "gemini": "AIzaSyB9vNqWx4ePjRtYu7LkMzOd2HfGcSa5T1wQ",
    "anthropic": "sk-ant-api03-T3stPwOe72MnBvCxZl38KjHgFd15SaQrTyUiLmNb",
}
# What identifies an account, a person or a machine; none of it may be in anything that is left.
PLANTED = {
    "organisation": "org-Qw7eRt9yUi3oPa5s",
    "project": "proj_Zx8cVb4nMm2kLj6h",
    "user": "user-Gf1dSa7pOi4uYt9r",
    "request": "req_011CSHoEeqs5C35K2UUqR7Fy",
    "workspace": "wrkspc_01Ab3Cd5Ef7Gh9Jk",
    "session": "sess-Nb5vCx2zLk8jHg4f",
    "e-mail": "jane.roe@acme-widgets.example",
    "service account": "recorder@acme-widgets-prod.iam.gserviceaccount.com",
    "IPv4": "203.0.113.77",
    "IPv6": "2001:db8:85a3::8a2e:370:7334",
    "UUID": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
    "cloud project": "acme-widgets-prod",
    "project number": "482913057721",
    "cookie": "kW4x.Zq1Lm8Tt5",
    "account": "acme-widgets-inc",
}
TOLD = (
    "organization {organisation}, project {project}, user {user}, workspace {workspace}, "
    "session {session}, write to {e-mail} or {service account}, from {IPv4} and {IPv6}, "
    "account {UUID}, trace id: {trace}, projects/{cloud project}, project_number:{project number}"
)
WORDS = ("Well", ", hello", " to", " you", " — it's a fine", " day", " \U0001f31e", "!")
OTHER_WORDS = ("Good", " evening", " — again")
USAGE = {"prompt_tokens": 10, "completion_tokens": 23, "total_tokens": 33}
NOT_FOUND, UNAUTHORIZED = 404, 401
NOBODYS_PORT = 9
Saying = Callable[["Request"], Answer | None]


def told() -> str:
    """Return a sentence with every planted id that a body can hold."""
    return TOLD.format(**PLANTED)


@dataclass(slots=True)
class World:
    """How the vendors are: which keys they take, and what public sources leave open about them.

    `says` answers first, by vendor; None leaves the answer to the vendor's habit. Every chat gets
    the same `words`.
    """

    keys: dict[str, str] = field(default_factory=lambda: dict(KEYS))
    gemini_has_doubled_path: bool = True
    anthropic_lists_for_bearers: bool = True
    planted: bool = True
    words: tuple[str, ...] = WORDS
    says: dict[str, Saying] = field(default_factory=dict)

    def answer(self, request: Request, fault: Fault = NO_FAULT) -> Answer:
        """Answer a request as the vendors of this world do."""
        says = self.says.get(request.upstream)
        answer = (says(request) if says else None) or self._usual(request, fault)
        headers = (*answer.headers, *(self._planted_headers() if self.planted else ()))
        if answer.streamed:
            return replace(answer, headers=headers)
        whole = b"".join(answer.pieces())
        zipped = (*headers, ("Content-Encoding", "gzip"))
        return replace(answer, payload=gzip.compress(whole), headers=zipped, spell=_Bytes)

    def _usual(self, request: Request, fault: Fault) -> Answer:
        request = self._without_doubled_path(request)
        if request.key != self.keys.get(request.upstream) or self._wants_another_header(request):
            return self._telling(self._refusal(request))
        known = replace(
            request,
            headers=dict(request.headers)
            | {"authorization": f"Bearer {UPSTREAMS[request.upstream].stand_in_key}"},
        )
        answer = faults.answer(known, fault)
        return self._telling(answer) if answer.status >= 400 else self._live(known, answer)

    def _without_doubled_path(self, request: Request) -> Request:
        doubled = request.upstream == "gemini" and request.path.startswith("/v1beta/openai/v1/")
        lost = doubled and not self.gemini_has_doubled_path
        return replace(request, path=f"/not-here{request.path}") if lost else request

    def _wants_another_header(self, request: Request) -> bool:
        listing = (request.upstream, request.path) == ("anthropic", "/v1/models")
        return listing and not self.anthropic_lists_for_bearers

    def _refusal(self, request: Request) -> Answer:
        key = request.key.replace("standin", "madeup") if request.key else ""
        headers = dict(request.headers) | ({"authorization": f"Bearer {key}"} if key else {})
        if self._wants_another_header(request):
            return anthropic.answer(replace(request, headers={}))
        answer: Answer = DIALECTS[request.upstream].answer(replace(request, headers=headers))
        return answer

    def _telling(self, answer: Answer) -> Answer:
        """Let an error tell all about the account, as errors do."""
        text = answer.spell(answer.payload)
        if not self.planted or '"message"' not in text:
            return answer
        payload = copy.deepcopy(answer.payload)
        error = (payload[0] if isinstance(payload, list) else payload)["error"]
        error["message"] += f" ({told()})"
        return replace(answer, payload=payload)

    def _live(self, request: Request, answer: Answer) -> Answer:
        payload = copy.deepcopy(answer.payload)
        if answer.streamed:
            return replace(answer, payload=list(self._stream(payload)))
        if "choices" in payload and "message" in payload["choices"][0]:
            message = payload["choices"][0]["message"]
            message["content"] = "".join(self._words())
            payload["usage"] = USAGE | {"extra_details": {"cached": 0}}
            payload |= {"x_note": told()} if self.planted else {}
        elif request.path.endswith("/models"):
            payload["data"] += list(_more_models(request.upstream))
        return replace(answer, payload=payload)

    def _words(self) -> tuple[str, ...]:
        tail = (" ", *(told()[n : n + 7] for n in range(0, len(told()), 7)))
        return (*self.words, *tail) if self.planted else self.words

    def _stream(self, chunks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Put other words into a stream, one a frame."""
        spoken = [c for c in chunks if c["choices"] and c["choices"][0]["delta"].get("content")]
        for chunk in chunks:
            if chunk.get("usage"):
                chunk["usage"] = dict(USAGE)
            if spoken and chunk is spoken[0]:
                for word in self._words():
                    each = copy.deepcopy(chunk)
                    each["choices"][0]["delta"]["content"] = word
                    each["obfuscation"] = "x" * (len(word) % 5)
                    yield each
            if not any(chunk is each for each in spoken):
                yield chunk
            elif chunk["choices"][0].get("finish_reason"):
                chunk["choices"][0]["delta"]["content"] = ""
                yield chunk

    def _planted_headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("openai-organization", PLANTED["account"]),
            ("openai-project", PLANTED["project"]),
            ("Set-Cookie", f"__cf_bm={PLANTED['cookie']}; path=/; HttpOnly"),
            ("anthropic-organization-id", PLANTED["UUID"]),
            ("x-cloud-trace-context", PLANTED["trace"]),
            ("x-client-ip", PLANTED["IPv4"]),
        )


def _Bytes(value: Any) -> Any:  # noqa: N802 - a spelling, as `str` is one
    return _Raw(value)


class _Raw:
    """Bytes that are sent as they are: `Answer.pieces` encodes what a spelling returns."""

    def __init__(self, value: bytes) -> None:
        self.value = value

    def encode(self) -> bytes:
        return self.value


def _more_models(upstream: str) -> Iterator[dict[str, Any]]:
    for number in range(60):
        entry: dict[str, Any] = {"id": f"{upstream}-{number}", "object": "model", "created": number}
        yield entry | ({"owned_by": PLANTED["account"]} if upstream == "openai" else {})
    if upstream == "openai":
        yield {"id": f"ft:gpt-4o:{PLANTED['account']}::AbC1", "object": "model", "owned_by": "user"}


def error(status: int, message: str, code: str | None = None, *, page: bool = False) -> Answer:
    """Return an answer that any of the vendors could give, or a page that is no vendor's."""
    if page:
        text = f"<!DOCTYPE html><html><title>{message}</title><body>{told()}</body></html>"
        return Answer(
            payload=text, headers=(("Content-Type", "text/html"),), spell=str, status=status
        )
    body = {"error": {"message": f"{message} ({told()})", "type": "error", "code": code}}
    headers = (("Content-Type", "application/json"), ("retry-after-ms", "1"))
    return Answer(payload=body, headers=headers, spell=compact, status=status)


def chat(content: str) -> Answer:
    """Return an answer to a plain chat."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "finish_reason": "stop",
    }
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [choice],
        "usage": USAGE,
    }
    return Answer(payload=body, headers=(("Content-Type", "application/json"),))


def after(number: int, saying: Saying) -> Saying:
    """Let the first requests pass, then answer so."""
    passed = 0

    def says(request: Request) -> Answer | None:
        nonlocal passed
        passed += 1
        return saying(request) if passed > number else None

    return says


@contextmanager
def pretending(
    world: World,
    patch: pytest.MonkeyPatch,
    directory: Path,
    *,
    trusted: bool = True,
    direct: bool = True,
) -> Iterator[StandIns]:
    """Run the vendors of a world; `directory` becomes the working directory, without any key.

    Its authority is named by SSL_CERT_FILE, if it is to be `trusted`. Unless their names are
    reached in a `direct` way, a connection to one is refused.
    """
    authority = trustme.CA()
    hosts = {name: urlsplit(each.origin).hostname or "" for name, each in UPSTREAMS.items()}
    tls = {}
    for name, host in hosts.items():
        tls[name] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(host).configure_cert(tls[name])
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        patch.delenv(variable, raising=False)
    for upstream in UPSTREAMS.values():
        patch.delenv(upstream.key_variable, raising=False)
    authority.cert_pem.write_to_path(directory / "authority.pem")
    if trusted:
        patch.setenv("SSL_CERT_FILE", str(directory / "authority.pem"))
    patch.chdir(directory)
    with serve(answer=world.answer, tls=tls) as servers:
        there = {hosts[name]: urlsplit(url).port or 0 for name, url in servers.base.items()}
        ports = there if direct else dict.fromkeys(there, NOBODYS_PORT)
        _lead_to_loopback(patch, ports)
        yield servers


def _lead_to_loopback(patch: pytest.MonkeyPatch, ports: dict[str, int]) -> None:
    plain, waiting = socket.create_connection, anyio.connect_tcp

    def connect(address: tuple[str, int], *arguments: Any, **more: Any) -> Any:
        if address[0] in ports:
            address = "127.0.0.1", ports[address[0]]
        return plain(address, *arguments, **more)

    async def connect_tcp(remote_host: str, remote_port: int, **more: Any) -> Any:
        if remote_host in ports:
            remote_host, remote_port = "127.0.0.1", ports[remote_host]
        return await waiting(remote_host, remote_port, **more)

    patch.setattr(socket, "create_connection", connect)
    patch.setattr(anyio, "connect_tcp", connect_tcp)


def set_keys(directory: Path, keys: dict[str, str]) -> None:
    """Write keys where a recording looks for them."""
    lines = [f"{UPSTREAMS[name].key_variable}={key}\n" for name, key in keys.items()]
    (directory / ".env").write_text("".join(lines))


def astray(servers: StandIns, keys: dict[str, str]) -> list[str]:
    """Return which vendor got whose key."""
    return [
        f"{request.upstream} got the key of {name}"
        for request in servers.requests
        for name, key in keys.items()
        if name != request.upstream
        and key in f"{request.path} {json.dumps(dict(request.headers))} {request.content!r}"
    ]
