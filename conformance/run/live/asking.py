"""Asks a running gateway what it is: who answers at its address, and by which routes to vendors."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from packaging.version import InvalidVersion, Version

from conformance.contract.asked import REFUSED
from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.core.releases import Release
from conformance.run.routes import KINDS, LLM, Route, vendor_of
from conformance.stack.live_client import Address, LiveGateway
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.run.live.control import Control
    from conformance.stack.client import Answer, Gateway
    from conformance.stack.limits import Limits

GUARDED = frozenset({401, 403})
OWN_KEYS = "--conformance-keys=own"
VERSION, MODELS, PROVIDERS = "/v1/version", "/v1/models", "/v1/providers"
OGX = Version("0.8")  # from here on the other distribution alone publishes


class LiveError(Exception):
    """The gateway cannot be asked; the message says why and what to give, in one line."""


@dataclass(slots=True, kw_only=True)
class Live:
    """What a run knows of a running gateway before its first check.

    `release` is None for a gateway that is no Llama Stack; `source` says who named it. A `guarded`
    gateway refuses its list of models to strangers; an `unlisted` model, which the user chose, is
    not in it. `keys` are what callers send, by vendor;
    `planned` are the chats that the chosen checks will send, by model, `planned_first` the models
    that one more goes to, to see whether any is answered; `refusals` say why none is, or nothing.
    `control` asks vendors beside the gateway; `planned_beside` are its chats, by vendor. `options`
    are those with which a check is repeated.
    """

    address: Address
    limits: Limits
    release: Release | None
    source: str
    guarded: bool
    unlisted: bool = False
    routes: tuple[Route, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    planned: Counter[str] = field(default_factory=Counter)
    planned_first: set[str] = field(default_factory=set)
    refusals: dict[str, str] = field(default_factory=dict)
    control: Control | None = None
    options: tuple[str, ...] = ()
    planned_beside: Counter[str] = field(default_factory=Counter)

    @property
    def hosts(self) -> frozenset[str]:
        """The host that is asked, and those of vendors that are asked beside it."""
        beside = self.control.hosts if self.control else frozenset[str]()
        return frozenset({urlsplit(self.address.url).hostname or ""}) | beside

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may hold: the token and the keys."""
        return tuple(filter(None, (self.address.token, *self.keys.values())))

    @property
    def header(self) -> str:
        """The name of the provider-data header."""
        return releases.facts(self.release or releases.known()[-1]).header

    def data(self, route: Route) -> dict[str, str] | None:
        """Return the provider data of a caller; None, and no header, without a key for the vendor.

        A server that is none of the vendors gets none of the user's keys.
        """
        key = self.keys.get(route.vendor)  # a key for "" is for any other server
        url = route.base_url or (UPSTREAMS[route.vendor].origin if route.vendor else "")
        return (route.data(url, key) or None) if key else None

    def plan(self, route: Route, chats: int, *, beside: int = 0) -> bool:
        """Note the chats of a check; return whether they are as many as may be sent.

        `beside` are those that its vendor is asked as well, where it can be.
        """
        if self.planned[route.model] + chats > self.limits.chats:
            return False
        self.planned[route.model] += chats
        if beside and self.control and self.control.covers(route):
            self.planned_beside[route.vendor] += beside
        return True

    async def refusal(self, caller: Gateway, route: Route) -> str:
        """Return why chats are not answered, "" if they are; one chat a model shows it."""
        if route.model not in self.refusals:
            why = await self._unanswered(caller, route)
            self.refusals[route.model] = why and f"no chat with {route.model} is answered ({why})"
        return self.refusals[route.model]

    async def _unanswered(self, caller: Gateway, route: Route) -> str:
        try:
            answer = await caller.chat(route.model, data=self.data(route))
        except CouldNotObserveError as error:
            return str(error)
        unsent = self.release and OWN_KEYS not in self.options
        advice = f": give keys with {OWN_KEYS}" if unsent else ""
        return f"HTTP {answer.status}{advice}" if answer.status >= REFUSED else ""

    def client(self, *, stranger: bool = False) -> LiveGateway:
        """Return a client of the gateway; a `stranger` has no token for it."""
        return LiveGateway(self.header, self.address, self.limits, stranger=stranger)


def meet(
    address: Address, limits: Limits, given: str | None = None, model: str | None = None
) -> Live:
    """Ask an address who answers there; `given` is the release, if the user names one.

    Chats go to `model` alone, if the user chooses one, listed or not.

    Sends at most four reads. Raises `LiveError` if nobody answers, or the release is not told.
    """
    try:
        return asyncio.run(_meet(address, limits, given, model))
    except CouldNotObserveError as error:
        raise LiveError(f"{address.url}: {error}") from error


async def _meet(address: Address, limits: Limits, given: str | None, model: str | None) -> Live:
    async with (
        LiveGateway("", address, limits, stranger=True) as stranger,
        LiveGateway("", address, limits) as caller,
    ):
        release = _named(given) if given else _told(await caller.request("GET", VERSION), address)
        models = await stranger.request("GET", MODELS)
        guarded = models.status in GUARDED
        if address.token and _rows(models) is None:  # some are 500s to strangers
            models = await caller.request("GET", MODELS)
            if models.status in GUARDED:
                raise LiveError(f"{address.url}: refuses the token (HTTP {models.status})")
        if release is None and not guarded and _rows(models) is None:
            raise LiveError(
                f"{address.url}: no gateway; GET {VERSION} and GET {MODELS} are answered with "
                f"neither a version nor models (HTTP {models.status}{_elsewhere(models)})"
            )
        kinds = await caller.request("GET", PROVIDERS) if release else None
    listed = _rows(models) or []
    chosen = [{"id": model}] if model else listed
    return Live(
        address=address,
        limits=limits,
        release=release,
        source="--conformance-release" if given else f"GET {VERSION}",
        guarded=guarded,
        unlisted=model is not None and all(row.get("id") != model for row in listed),
        routes=tuple(_routes(chosen, _providers(kinds))),
    )


def _elsewhere(answer: Answer) -> str:
    """Return where an answer redirects to: no redirect is followed, the user may give that URL."""
    target = answer.headers.get("location")
    return f", and a redirect to {target}" if target else ""


def _named(given: str) -> Release:
    try:
        return releases.find(given)
    except LookupError as error:
        raise LiveError(f"--conformance-release: {error.args[0]}") from error


def _told(answer: Answer, address: Address) -> Release | None:
    """Return the release that an answer names; None if it is not one of Llama Stack's.

    The server does not tell its distribution: of a version that both have it is `llama-stack`.
    """
    if answer.status in GUARDED:
        raise LiveError(
            f"{address.url}: its release is not told without a token (HTTP {answer.status}); give "
            "one with --conformance-token-env NAME, or name the release with --conformance-release"
        )
    body = answer.json()
    version = body.get("version") if isinstance(body, dict) and answer.status < REFUSED else None
    if not isinstance(version, str):
        return None
    try:
        return releases.find(version)
    except LookupError:
        return _unknown(version, address)


def _unknown(version: str, address: Address) -> Release:
    try:
        newer = Version(version) >= OGX
    except InvalidVersion as error:
        raise LiveError(
            f"{address.url}: calls itself {version!r}, which is no version; name the release with "
            "--conformance-release"
        ) from error
    return Release(releases.DISTRIBUTIONS[newer], version)


def _rows(answer: Answer | None) -> list[dict[str, Any]] | None:
    """Return the objects of a list; None if the answer is none."""
    body = answer.json() if answer is not None and answer.status < REFUSED else None
    rows = body.get("data") if isinstance(body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def _providers(answer: Answer | None) -> dict[str, tuple[str, str]]:
    """Return type and `base_url` of every inference provider that is shown, by its id."""
    found = {}
    for row in _rows(answer) or []:
        settings = row.get("config")
        url = settings.get("base_url") if isinstance(settings, dict) else None
        if row.get("api") == "inference":
            found[str(row.get("provider_id"))] = str(row.get("provider_type")), str(url or "")
    return found


def _routes(
    models: list[dict[str, Any]], providers: Mapping[str, tuple[str, str]]
) -> Iterator[Route]:
    """Yield a way through each provider: by its first model that is listed as one for chats."""
    seen = set()
    for row in models:
        about = row.get("custom_metadata")
        about = about if isinstance(about, dict) else {}
        identifier = str(row.get("id", ""))
        provider = next((p for p in providers if identifier.startswith(f"{p}/")), "")
        if about.get("model_type") not in LLM or provider in seen or not identifier:
            continue
        seen.add(provider)
        kind, base_url = providers.get(provider, ("", ""))
        vendor = vendor_of(base_url) if base_url else KINDS.get(kind, ("", ()))[0]
        yield Route(provider, kind, vendor, base_url, identifier.removeprefix(f"{provider}/"))
