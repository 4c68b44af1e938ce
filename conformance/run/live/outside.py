"""Decides which checks can be asked of a gateway that is already running, before any is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.run.routes import Route

if TYPE_CHECKING:
    from conformance.run.live.asking import Live

MARKER = "for_server"
SUITES = "needs a gateway that the suite starts"
PROCESS = "needs a process that the suite starts"
# Why a check that asks for a fixture cannot be asked from outside; the first that it has counts.
REASONS = {
    "boot": SUITES,
    "share": SUITES,
    "command": "needs the stack's own command",
    "server": "needs a vendor that the suite plays",
    "loopback": "needs a vendor that the suite plays",
    "beside_vendor": "needs a vendor that the suite plays",
    "in_front": SUITES,
    "serve": PROCESS,
    "own_server": PROCESS,
    "ending": PROCESS,
    "sent": "needs to see what arrives at the vendor",
    "vendor_answers": "needs to see what the vendor answers",
    "vendor_refusals": "needs to see what the vendor answers",
    "log": "needs the log of the gateway",
    "capsys": "needs the terminal of the gateway",
    "subject": "needs the config of the gateway",
    "route_to": "needs the providers of the suite's own config",
    "routes_to": "needs the providers of the suite's own config",
}
SHOWN = "is shown with the suite's own config alone"


def reason(item: pytest.Function, live: Live) -> str:
    """Return why a check cannot be asked of a running gateway; "" if it can."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        names = item._fixtureinfo.argnames  # noqa: SLF001 - what the check itself asks for
        return next((why for name, why in REASONS.items() if name in names), SHOWN)
    if live.release is None and not marker.kwargs.get("any_gateway"):
        return "this server is no Llama Stack"
    stranger = not live.address.token
    if live.guarded and stranger and item.get_closest_marker("without_auth"):
        return "this server asks callers for a token"
    return _not_allowed(item, live, marker)


def _not_allowed(item: pytest.Function, live: Live, marker: pytest.Mark) -> str:
    if marker.kwargs.get("writes") and not live.limits.write:
        return "changes the server: not without --conformance-write"
    chats = marker.kwargs.get("chats", 0)
    if chats and not live.limits.spend:
        return "chats: not without --conformance-spend"
    route = route_of(item, live)
    if ("route" in item.fixturenames or chats) and route is None:
        return "this server lists no model to chat with"
    if marker.kwargs.get("listed") and live.unlisted:
        return "the model of --conformance-model is not listed"
    return _beyond(item, live, route, chats) if chats and route else ""


def _beyond(item: pytest.Function, live: Live, route: Route, chats: int) -> str:
    """Return why so many chats are not sent by a route; note them if they are."""
    if route != live.routes[0] and route.vendor not in live.keys:
        return "no key is sent for this provider; without one, the first model alone is asked"
    beside = chats if is_compared(item) else 0
    if needs_answers(item) and route.model not in live.planned_first:
        chats += 1  # the one that shows whether chats are answered
        live.planned_first.add(route.model)
    if not live.plan(route, chats, beside=beside):
        return f"other checks have all {live.limits.chats} chats with {route.model}"
    return ""


def needs_answers(item: pytest.Function) -> bool:
    """Return whether a check shows nothing where chats are refused."""
    marker = item.get_closest_marker(MARKER)
    return marker is not None and bool(marker.kwargs.get("answered"))


def is_compared(item: pytest.Function) -> bool:
    """Return whether a check's chats go to their vendor, too, if the user has a key for it."""
    marker = item.get_closest_marker(MARKER)
    return marker is not None and bool(marker.kwargs.get("compared"))


def cost(item: pytest.Item, live: Live) -> tuple[bool, ...]:
    """Return what a check takes of a running gateway; what takes least is asked first.

    A chat that a vendor refuses keeps some releases busy for seconds: those of strangers come late,
    and those to other vendors than the first come last.
    """
    marker = item.get_closest_marker(MARKER)
    taken = marker.kwargs if marker else {}
    chats, answered = bool(taken.get("chats")), bool(taken.get("answered"))
    by_stranger = chats and "stranger" in getattr(item, "fixturenames", ())
    other = (
        chats and isinstance(item, pytest.Function) and route_of(item, live) not in live.routes[:1]
    )
    return other, by_stranger, answered, chats, bool(taken.get("writes"))


def route_of(item: pytest.Function, live: Live) -> Route | None:
    """Return the way that the chats of a check take; None if there is none."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    found = params.get("route")
    return found if isinstance(found, Route) else next(iter(live.routes), None)
