"""A caller who leaves in the middle of a stream leaves the vendor sending."""

import asyncio
import threading

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="abandoned-streams",
    happens="after a caller hangs up in mid-stream, the vendor's connection stays open until "
    "Python garbage-collects it",
    why="the vendor goes on generating at the caller's expense; open connections and all that "
    "they receive pile up in memory",
    example="curl -N …/v1/chat/completions, and Ctrl-C after the first words",
    instead="give streamed requests a `max_completion_tokens` that you are ready to pay for, "
    "until the release brings openai 3, as ogx does from 1.2.3 on",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"left-open", "read-on"}),
    decided_by=(
        "core.server.fastapi_router_registry:build_fastapi_router",
        "providers.utils.inference.stream_utils:wrap_async_stream",
        "core.routers.inference:InferenceRouter.stream_tokens_and_compute_metrics_openai_chat",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

VENDOR = pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
PATIENCE_S = 3.0  # only a gateway that reads on is waited for


@pytest.mark.for_config
@pytest.mark.without_auth
@VENDOR
@outcomes(
    closed="the gateway hangs up on the vendor",
    left_open="the gateway is done with the caller, and the vendor's connection is still open",
    read_on="the gateway goes on reading what the vendor sends",
    refused="the caller gets an error",
)
async def test_caller_leaves(loopback, observed, route_to, vendor):
    """The vendor sends one piece, the caller leaves, and then the vendor sends the rest."""
    rest, route = threading.Event(), route_to(vendor)
    loopback.fail(route, hold=rest)
    pieces = loopback.pieces(route)
    try:
        first = await anext(pieces)
        leaving = asyncio.ensure_future(pieces.aclose())
        await asyncio.wait([leaving], timeout=PATIENCE_S)
        done = leaving.done()
        await loopback.closing()
    finally:
        rest.set()
    await leaving
    if "error" in first or not loopback.received:
        observed("refused", first)
        return
    outcome = "left-open" if await loopback.ended() else "closed"
    observed(outcome if done else "read-on", first)
