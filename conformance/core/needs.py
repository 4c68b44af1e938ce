"""Decides from data, before it runs, whether a release has what a check needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core import measured, releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.core.releases import Release

PASSTHROUGH = "remote::passthrough"
CHAT = "chat"
PROCESS = "process"
KNOWN = frozenset({PASSTHROUGH, CHAT, PROCESS})


class NeedError(releases.TableError):
    """A check needs something that nobody knows how to look for."""


def lacking(
    needs: Iterable[str], release: Release, packages: Mapping[str, str] | None = None
) -> str:
    """Return why a release cannot be asked by a check with these needs, or "".

    `packages` are those installed beside it, by name; without them it is as it was measured.

    `remote::passthrough` is the provider type of that name; `chat` is a chat that leaves such a
    provider for the vendor; `process` is the release's own server, which every release has. Raises
    `NeedError` for any other need.
    """
    wanted = frozenset(needs)
    if unknown := wanted - KNOWN:
        raise NeedError(f"unknown needs: {', '.join(sorted(unknown))}; known: {sorted(KNOWN)}")
    if PASSTHROUGH in wanted and release.without == PASSTHROUGH:
        return f"{release} has no `{release.without}`"
    return measured.mute(release, packages) if CHAT in wanted else ""
