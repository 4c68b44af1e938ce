"""The fixtures that boot: for one check, for all checks of a file, or for a whole run."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from conformance.run.boots import Booted, Boots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from conformance.cassettes.replay import Tape
    from conformance.core.releases import Facts
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.client import Gateway
    from conformance.stack.configs import Start

    Boot = Callable[[Start], AbstractAsyncContextManager[Booted]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def boots(
    conformance_session: Session, facts: Facts, vendors: dict[str, str]
) -> AsyncIterator[Boots]:
    """All boots of this run."""
    made = Boots(conformance_session, facts, vendors)
    async with made.kept:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def able(
    request: pytest.FixtureRequest, boots: Boots, subject: Subject, tape: Tape
) -> Subject:
    """The subject, if it boots; that a user's config does not, one check alone says."""
    del tape  # answers what is asked while it boots
    if subject.is_own and not request.node.get_closest_marker("shows_refusal"):
        run = await boots.gateway(subject)
        if run.failure is not None:
            pytest.skip("the config does not boot on this release")
    return subject


@pytest.fixture
def boot(boots: Boots, home: Path, tape: Tape, able: Subject) -> Boot:
    """Give a way to boot anew, in the home of this check, as `async with` wants it."""
    own = able if able.is_own else None
    return lambda start: boots.start(start, home, tape, own)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept_boots() -> AsyncIterator[tuple[AsyncExitStack, dict[str, Booted]]]:
    """The boots that the checks of one file share, by config."""
    async with AsyncExitStack() as closing:
        yield closing, {}


@pytest.fixture
def share(
    kept_boots: tuple[AsyncExitStack, dict[str, Booted]],
    boots: Boots,
    conformance_session: Session,
    tape: Tape,
    able: Subject,
) -> Callable[..., Awaitable[Booted]]:
    """Give a way to boot a config, or restart with it, once for all checks of a file.

    For checks of the same scenario that only send requests or look at what the boot left:
    `await share(config)`, or with a `Restart`.
    """
    closing, kept = kept_boots
    own = able if able.is_own else None

    async def shared(start: Start) -> Booted:
        name = repr([tape.path, able.name, start])
        if name not in kept:
            home = conformance_session.directory("home")
            run = boots.start(start, home, tape, own)
            kept[name] = await closing.enter_async_context(run)
        elif kept[name].unanswered:
            tape.unmatched.extend(kept[name].unanswered)
        return kept[name]

    return shared


@pytest_asyncio.fixture(loop_scope="session")
async def own_gateway(boots: Boots, able: Subject) -> Booted:
    """The subject as it is, booted once for all checks that only send requests."""
    return await boots.gateway(able)


@pytest.fixture
def gateway(own_gateway: Booted) -> Gateway:
    """The client of the subject's gateway, with this check's scenario behind it."""
    return own_gateway.gateway


@pytest.fixture
def stranger(gateway: Gateway) -> Gateway:
    """The client of somebody who has neither a key nor a token; the suite's gateway wants none."""
    return gateway


@pytest.fixture
def log(own_gateway: Booted) -> Callable[[], list[str]]:
    """What the subject's gateway has logged since the check began: `log()`."""
    start = len(own_gateway.log)
    return lambda: own_gateway.log[start:]
