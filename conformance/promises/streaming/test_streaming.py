"""A streamed answer reaches the caller word by word, while the vendor is still sending."""

import asyncio
import threading

import pytest

from conformance.core.model import Promise, outcomes

PROMISE = Promise(
    slug="streaming",
    requires="The gateway MUST pass on each piece of a streamed answer as soon as the vendor "
    "sends it.",
    instead="look for a proxy that buffers between caller and gateway",
    documented="seed: Codebase (streaming inference)",
    bites=frozenset({"held-back", "not-answered"}),
    decided_by=(
        "providers.utils.inference.stream_utils:wrap_async_stream",
        "core.routers.inference:InferenceRouter.stream_tokens_and_compute_metrics_openai_chat",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

PATIENCE_S = 3.0  # only a gateway that holds the first piece back is waited for


@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    as_sent="the first piece arrives while the vendor holds the rest back",
    held_back="nothing arrives before the vendor has sent everything",
    not_answered="the caller gets an error and no piece of the vendor's answer",
)
async def test_first_piece(loopback, observed, route):
    """The vendor sends one piece, and the rest once the caller has it or has lost patience."""
    rest = threading.Event()
    loopback.fail(route, hold=rest)
    pieces = loopback.pieces(route)
    first = asyncio.ensure_future(anext(pieces))
    try:
        await asyncio.wait([first], timeout=PATIENCE_S)
        early = first.done()
    finally:
        rest.set()
    got = [await first, *[piece async for piece in pieces]]
    outcome = "as-sent" if early else "held-back"
    error = not got[0].startswith("data:") or '"error":' in got[0]
    observed("not-answered" if error else outcome, "".join(got))
