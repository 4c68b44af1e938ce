"""A service that tells a gateway who its callers are, in every dialect that `server.auth` speaks.

It runs on loopback. What it receives shows what a gateway hands to such a service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from conformance.vendors import raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.stack.configs import Config
    from conformance.vendors.raw import RawRequest, RawServer, Step

CALLERS: Mapping[str, Mapping[str, list[str]]] = {
    "alice": {"roles": ["user"], "teams": ["red"]},
    "bob": {"roles": ["user"], "teams": ["blue"]},
    "carol": {"roles": ["guest"], "teams": ["green"]},
}
TOKENS = {f"token-of-{name}": name for name in CALLERS}


@dataclass(frozen=True, slots=True)
class Identities:
    """The service: whom it knows, what it was sent, and the configs that make a gateway ask it."""

    server: RawServer

    @property
    def received(self) -> list[RawRequest]:
        """What the service was sent since the check began."""
        return self.server.requests

    def provider(self, kind: str) -> Config:
        """Return `server.auth.provider_config` of a type; LookupError for one it does not speak."""
        url = self.server.url
        known: dict[str, Config] = {
            "custom": {"type": "custom", "endpoint": f"{url}/custom"},
            "oauth2_token": {
                "type": "oauth2_token",
                "introspection": {
                    "url": f"{url}/introspect",
                    "client_id": "gateway",
                    "client_secret": "secret-of-the-gateway",
                },
            },
            "github_token": {"type": "github_token", "github_api_base_url": url},
            "kubernetes": {"type": "kubernetes", "api_server_url": url},
        }
        return known[kind]

    def asked_by(self, config: Config, kind: str = "custom", **auth: Any) -> Config:
        """Return the config with `server.auth` that asks this service, and more settings of it."""
        server = config["server"] | {"auth": {"provider_config": self.provider(kind)} | auth}
        return config | {"server": server}


def token(name: str) -> dict[str, str]:
    """Return the header field by which a caller says who it is."""
    return {"authorization": f"Bearer token-of-{name}"}


def _answer(request: RawRequest) -> Iterator[Step]:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    if request.target == "/custom":
        name = TOKENS.get(request.json.get("api_key"))
        body: Any = {"principal": name, "attributes": CALLERS.get(name or "")}
    elif request.target == "/introspect":
        name = TOKENS.get(parse_qs(request.content.decode())["token"][0])
        body = {"active": name is not None, "sub": name, "username": name}
    elif request.target == "/user":
        name, body = TOKENS.get(bearer), {"login": TOKENS.get(bearer), "id": 1}
    elif request.target == "/user/orgs":
        name, body = TOKENS.get(bearer), []
    else:
        name = TOKENS.get(bearer)
        body = {"status": {"userInfo": {"username": name, "groups": ["user"]}}}
    made = 201 if request.target.startswith("/apis/") else 200  # Kubernetes makes a review
    yield raw.response(made if name else 401, json.dumps(body).encode())


@pytest.fixture(scope="session")
def identity_server() -> Iterator[RawServer]:
    """The service, running for all checks of a run."""
    with raw.serve_raw() as server:
        server.answering = _answer
        yield server


@pytest.fixture
def identities(identity_server: RawServer) -> Identities:
    """The service, having received nothing."""
    identity_server.requests.clear()
    return Identities(identity_server)


@pytest.fixture(scope="session")
def token_of() -> Any:
    """Give the header field of a caller whom the service knows: `token_of("alice")`."""
    return token
