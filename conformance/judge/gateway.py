"""Finds what a config means other than it says, and what it exposes, in a gateway's providers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.core import fields
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Path

PASSTHROUGH = "remote::passthrough"
IGNORES_NETWORK = {PASSTHROUGH: "*", "remote::openai": "<0.5.0"}
OPEN_CATALOGUE = "<0.7.0"
SHOWS_HEADERS = "<1.1.0"
USER_INFO = re.compile(r"://[^/@\s]*:[^/@\s]+@")
IDENTITY = re.compile(r"(?i)authorization|cookie|x-(?:\w+-)*(?:user|identity|token)")
# Keys that open nothing, as configs have them where a key is demanded and not used.
PLACEHOLDERS = fields.HARMLESS | {"fake", "dummy", "empty", "not-needed", "no-key", "changeme"}
SHORTEST_KEY = 8


def findings(case: Case) -> Iterator[Finding]:
    """Yield what the providers mean other than they say, and what the config exposes."""
    for provider in case.providers:
        if provider.enabled:
            yield from _passthrough(case, provider)
            yield from _network(case, provider)
            yield from _emptied(case, provider)
    yield from _in_clear(case.written, (), case)
    yield from _open(case)


def _passthrough(case: Case, provider: Provider) -> Iterator[Finding]:
    if provider.kind != PASSTHROUGH:
        return
    place = (*provider.path, "config")
    base = provider.config.get("base_url")
    if (
        base is None
        and "base_url" in (case.schema.config("inference", PASSTHROUGH) or {})["fields"]
    ):
        yield _said(
            "callers-url",
            Effect.EXPOSES,
            place if "config" in provider.entry else provider.path,
            "without `base_url` each caller decides where requests go, inside the network too",
            "set `base_url`",
        )
    if isinstance(base, str) and base.rstrip("/").endswith("/v1"):
        yield _said(
            "base-url-v1",
            Effect.MEANS_SOMETHING_ELSE,
            (*place, "base_url"),
            "`/v1` is appended here: requests go to `/v1/v1/…`",
            "leave `/v1` out",
            edits=()
            if (*place, "base_url") in case.substituted
            else (
                Edit(Operation.SET, (*place, "base_url"), value=base.rstrip("/")[: -len("/v1")]),
            ),
        )
    if provider.config.get("allowed_models"):
        yield _said(
            "allowed-models",
            Effect.MEANS_SOMETHING_ELSE,
            (*place, "allowed_models"),
            "`allowed_models` limits nothing on `remote::passthrough`",
            "limit the models in the proxy in front, or use `remote::openai`",
        )
    headers = provider.config.get("forward_headers")
    for key, header in headers.items() if isinstance(headers, dict) else ():
        if IDENTITY.fullmatch(str(header)):
            yield _said(
                "identity-forwarded",
                Effect.EXPOSES,
                (*place, "forward_headers", key),
                f"the caller's `{header}` is passed on to the vendor",
                "forward no header that says who the caller is",
                gotcha=None,
            )


def _network(case: Case, provider: Provider) -> Iterator[Finding]:
    ranges = IGNORES_NETWORK.get(str(provider.kind))
    model = case.schema.config(provider.api, str(provider.kind))
    if not ranges or not model or "network" not in model["fields"]:
        return
    if provider.config.get("network") and case.schema.release.within(ranges):
        yield _said(
            "network-ignored",
            Effect.MEANS_SOMETHING_ELSE,
            (*provider.path, "config", "network"),
            "`network` is read and has no effect on this provider",
            "set timeouts and headers in the proxy, and the proxy by its environment variables",
        )


def _emptied(case: Case, provider: Provider) -> Iterator[Finding]:
    place = (*provider.path, "config", "base_url")
    if place in case.substituted and provider.config.get("base_url") is None:
        yield _said(
            "empty-default",
            Effect.MEANS_SOMETHING_ELSE,
            place,
            "the variable is empty, which removes `base_url`",
            "give it a default, or leave the default out so that the start asks for the variable",
            gotcha="env-variables",
        )


def _in_clear(value: Any, path: Path, case: Case) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _in_clear(child, (*path, key), case)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _in_clear(child, (*path, index), case)
    elif isinstance(value, str) and path and "${" not in value:
        yield from _secret(value, path, case)


def _secret(value: str, path: Path, case: Case) -> Iterator[Finding]:
    name = str(path[-1])
    header = len(path) > 1 and path[-2] in fields.HEADERS
    if USER_INFO.search(value):
        yield _said(
            "secret-in-url",
            Effect.EXPOSES,
            path,
            "the password in this URL is shown by `GET /v1/providers`",
            "keep the password in a variable and in a field of its own",
            gotcha="configs-shown",
        )
    elif header and IDENTITY.fullmatch(name) and case.schema.release.within(SHOWS_HEADERS):
        yield _said(
            "secret-in-header",
            Effect.EXPOSES,
            path,
            "this header is shown by `GET /v1/providers`",
            "use the provider's own field for its key",
            gotcha="configs-shown",
        )
    elif fields.SECRET_NAME.fullmatch(name) and _is_key(value):
        yield _said(
            "key-in-clear",
            Effect.EXPOSES,
            path,
            f"`{name}` stands in the file in clear",
            "take it from a variable: `${env.NAME}`",
            gotcha=None,
        )


def _is_key(value: str) -> bool:
    return len(value) >= SHORTEST_KEY and value.lower() not in PLACEHOLDERS


def _open(case: Case) -> Iterator[Finding]:
    if case.at("server", "auth"):
        return
    inference = any(p.api == "inference" and p.enabled for p in case.providers)
    stored = case.at("storage", "stores", "inference", "enabled") is not False
    place: Path = ("server",) if "server" in case.config else ()
    if inference and stored:
        yield _said(
            "stored-chats-open",
            Effect.EXPOSES,
            place,
            "every chat is stored, and anyone who reaches the gateway can read all of them",
            "set `server.auth`, or keep strangers away in the proxy",
            level=Level.NOTE,
        )
    if inference and case.schema.release.within(OPEN_CATALOGUE):
        yield _said(
            "open-catalogue",
            Effect.EXPOSES,
            place,
            "anyone who reaches the gateway can add and hide models",
            "set `server.auth`, or keep strangers away in the proxy",
            level=Level.NOTE,
        )


def _said(  # noqa: PLR0913 - the parts of a finding
    finding_id: str,
    effect: Effect,
    path: Path,
    what: str,
    instead: str,
    *,
    gotcha: str | None = "",
    level: Level = Level.WARNING,
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """Return a finding; the id is the gotcha's slug unless another, or none, is named."""
    return Finding(
        id=finding_id,
        level=level,
        effect=effect,
        path=path,
        what=what,
        instead=instead,
        gotcha=finding_id if gotcha == "" else gotcha,
        edits=edits,
    )
