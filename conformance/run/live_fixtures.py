"""The fixtures of checks that are asked of a gateway which is already running.

They stand for those of `gateways` and `answers`; what they cannot stand for is in `outside`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from conformance.run import outside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conformance.run.live import Live
    from conformance.run.routes import Route
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.client import Gateway


@pytest.fixture(scope="session")
def live(conformance_session: Session) -> Live:
    """The gateway that is asked."""
    found = conformance_session.live
    assert found is not None  # noqa: S101 - without one, these fixtures are not registered
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def caller(live: Live) -> AsyncIterator[Gateway]:
    """A client with the user's token, for the whole run."""
    async with live.client() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(
    request: pytest.FixtureRequest, caller: Gateway, subject: Subject, live: Live
) -> Gateway:
    """The client of the subject's gateway; skips a check whose chats nobody would answer."""
    del subject  # the same for all checks of this run
    if outside.needs_answers(request.node):
        refusal = await live.refusal(caller, outside.route_of(request.node, live))
        if refusal:
            pytest.skip(refusal)
    return caller


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stranger(live: Live) -> AsyncIterator[Gateway]:
    """A client that has no token, and sends nothing that a passer-by does not have."""
    async with live.client(stranger=True) as client:
        yield client


@pytest.fixture
def provider_data(live: Live) -> Callable[[Route], dict[str, str] | None]:
    """What a caller sends to go a route: the key of the route's vendor, if the user gave one."""
    return live.data
