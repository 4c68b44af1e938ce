"""Fixtures for what callers send: keys, real ones while recording live, and provider data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.cassettes.keys import MADE_UP_KEYS
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.run.routes import Route
    from conformance.run.session import Session


@pytest.fixture
def provider_data(
    conformance_session: Session, vendors: dict[str, str]
) -> Callable[[Route | str], dict[str, str]]:
    """What a caller sends to go a route: `provider_data(route)`, or to a vendor by its name.

    All fields that the provider type asks for: the key of the route's vendor, and its URL.
    """
    return lambda to: _data(to, conformance_session.keys, vendors)


@pytest.fixture
def made_up_data(vendors: dict[str, str]) -> Callable[[Route | str], dict[str, str]]:
    """The same with a key that is made up: for whatever may send a key to another vendor."""
    return lambda to: _data(to, MADE_UP_KEYS, vendors)


def _data(to: Route | str, keys: dict[str, str], vendors: dict[str, str]) -> dict[str, str]:
    if isinstance(to, str):
        url = vendors[UPSTREAMS[to].origin]
        return {"passthrough_url": url, "passthrough_api_key": keys[to]}
    origin = UPSTREAMS[to.vendor].origin if to.vendor else to.base_url
    known = keys if to.vendor else MADE_UP_KEYS
    return to.data(vendors.get(origin, origin), known[to.dialect])


@pytest.fixture
def key(conformance_session: Session) -> str:
    """A caller's key for OpenAI: the real one while recording from there."""
    return conformance_session.keys["openai"]


@pytest.fixture
def made_up_key() -> str:
    """A key of OpenAI's form that nobody issued."""
    return MADE_UP_KEYS["openai"]
