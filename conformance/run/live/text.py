"""Prints what a run will ask a running gateway, before it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core import releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.run.live.asking import Live


def header(live: Live) -> Iterator[str]:
    """Yield who answers, and what the user allows to be sent."""
    who = f"{live.release} ({live.source})" if live.release else "no Llama Stack"
    yield f"conformance: {live.address.url}"
    yield f"conformance: {who}"
    both = [r for r in releases.known() if live.release and r.version == live.release.version]
    if len(both) > 1 and not live.source.startswith("--"):
        other = next(r for r in both if r != live.release)
        yield f"conformance: or {other}, of the same version; name it by --conformance-release"
    allowed = [
        "reads",
        *(["changes"] if live.limits.write else []),
        *(["chats"] if live.limits.spend else []),
    ]
    keys = ", ".join(filter(None, live.keys)) or "none"
    token = "with a token" if live.address.token else "without a token"
    yield f"conformance: allowed: {', '.join(allowed)}; {token}"
    yield f"conformance: keys sent: {keys}"


def estimate(live: Live) -> Iterator[str]:
    """Yield how many chats the chosen checks will send at most."""
    limits = live.limits
    if not live.planned:
        yield "conformance: no chat will be sent"
    for model, chats in sorted(live.planned.items()):
        yield f"conformance: at most {chats} chats with {model} (limit: {limits.chats})"
    for vendor, chats in sorted(live.planned_beside.items()):
        yield f"conformance: at most {chats} of them also to {vendor} itself, with your key"
    if live.planned:
        yield f"conformance: each of {limits.tokens} tokens or fewer"
