"""Tells which topics a config meets: those about the providers and APIs that it uses."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.judge import gotchas

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = Path(__file__).with_suffix(".toml")
CHAT = "chat"  # what a check needs that sends chats
DISABLED = "__disabled__"


@dataclass(frozen=True, slots=True)
class Use:
    """What a config uses: its APIs, and the types of its providers."""

    apis: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def meets(self, slug: str, needs: frozenset[str] = frozenset()) -> bool:
        """Return whether callers of the config can meet a topic, by a check with these needs."""
        kinds = providers().get(slug)
        if CHAT in needs and "inference" not in self.apis:
            return False
        return kinds is None or bool(kinds & self.kinds)


def of(*configs: Mapping[str, Any]) -> Use:
    """Return what configs use: the providers that are not disabled, and their APIs."""
    entries = [
        (str(api), entry)
        for section in (config.get("providers") for config in configs)
        for api, listed in (section.items() if isinstance(section, dict) else ())
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and entry.get("provider_id") not in {None, "", DISABLED}
    ]
    kinds = frozenset(str(entry.get("provider_type")) for _, entry in entries)
    return Use(frozenset(api for api, _ in entries), kinds)


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return found


@cache
def providers() -> dict[str, frozenset[str]]:
    """Return, by topic, the provider types that it is about; a topic about all is not in it."""
    return {slug: frozenset(kinds) for slug, kinds in _table()["providers"].items()}


@cache
def seen_in_files() -> frozenset[str]:
    """Return the topics that `diagnose` finds in a config."""
    found = {name.replace("_", "-") for name in gotchas.finds()}
    return frozenset({*found, *_table()["seen"]["by-its-keys"]})
