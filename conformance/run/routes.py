"""Reads a config's routes to vendors: provider, vendor, model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.core import fields
from conformance.stack.configs import PASSTHROUGH
from conformance.stack.variables import replaced
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.stack.configs import Config

# The provider types that the suite can answer for: they ask in OpenAI's dialect, through httpx.
# Each with the vendor it asks without a `base_url`, and the provider data that its callers send.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    PASSTHROUGH: ("", ("passthrough_url", "passthrough_api_key")),
    "remote::openai": ("openai", ("openai_api_key",)),
    "remote::gemini": ("gemini", ("gemini_api_key",)),
    "remote::anthropic": ("anthropic", ("anthropic_api_key",)),
    "remote::vllm": ("", ("vllm_api_token",)),
}
# A model of each vendor, for a provider that registers none.
USUAL = {"openai": "gpt-4o", "gemini": "gemini-2.5-flash", "anthropic": "claude-sonnet-4-5"}
LLM = {None, "llm"}


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a vendor: what a caller asks for, and where that leads.

    `vendor` is the name of a known vendor, or "" for any other server; `base_url` is "" where the
    provider has its own; `provider` is "" where a gateway names none in its models. `registered`
    says whether the config registers the model, `has_key` whether the provider has a key of its
    own.
    """

    provider: str
    kind: str
    vendor: str
    base_url: str
    vendor_model: str
    registered: bool = True
    has_key: bool = False

    @property
    def model(self) -> str:
        """The identifier a caller names."""
        return f"{self.provider}/{self.vendor_model}" if self.provider else self.vendor_model

    @property
    def dialect(self) -> str:
        """Whose dialect the vendor is taken to speak."""
        return self.vendor or "openai"

    @property
    def key_field(self) -> str:
        """The field of the provider data that holds the caller's key."""
        return KINDS[self.kind][1][-1]

    def to_stand_in(self) -> Route:
        """Return the route with a model that the vendor's stand-in knows."""
        return replace(self, vendor_model=USUAL[self.dialect])

    def data(self, url: str, key: str) -> dict[str, str]:
        """Return the provider data of a caller with a key; `url` is sent where one is expected.

        Empty for a provider whose type takes none that is known.
        """
        fields = KINDS.get(self.kind, ("", ()))[1]
        return {name: url if name.endswith("_url") else key for name in fields}


def routes(config: Config, environ: Mapping[str, str]) -> tuple[Route, ...]:
    """Return the routes of a config, in its order; none for what the suite cannot answer for."""
    return tuple(_routes(config, environ))


def _routes(config: Config, environ: Mapping[str, str]) -> Iterator[Route]:
    for entry in _entries(config, "providers", "inference"):
        kind = replaced(str(entry.get("provider_type")), environ)
        provider = replaced(str(entry.get("provider_id") or ""), environ)
        settings = entry.get("config")
        settings = settings if isinstance(settings, dict) else {}
        if kind not in KINDS or not provider or provider == "__disabled__":
            continue
        base_url = replaced(str(settings.get("base_url") or ""), environ)
        vendor = vendor_of(base_url) if base_url else KINDS[kind][0]
        registered = _model(config, provider, environ)
        model = registered or USUAL.get(vendor, "")
        has_key = any(replaced(secret, environ) for secret in fields.secrets(settings))
        if model and (base_url or vendor):
            yield Route(provider, kind, vendor, base_url, model, bool(registered), has_key)


def _model(config: Config, provider: str, environ: Mapping[str, str]) -> str:
    """Return the vendor's name of the first chat model that is registered for a provider."""
    for entry in _entries(config, "registered_resources", "models"):
        owner = replaced(str(entry.get("provider_id") or ""), environ)
        name = entry.get("provider_model_id") or entry.get("model_id")
        if owner == provider and entry.get("model_type") in LLM and isinstance(name, str):
            return replaced(name, environ)
    return ""


def _entries(config: Config, section: str, name: str) -> Iterator[dict[str, Any]]:
    part = config.get(section)
    found = part.get(name) if isinstance(part, dict) else None
    yield from (
        each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict)
    )


def vendor_of(url: str) -> str:
    """Return the name of the vendor that a URL leads to, or ""."""
    host = urlsplit(url).hostname
    found = (u.name for u in UPSTREAMS.values() if urlsplit(u.origin).hostname == host)
    return next(found, "")
