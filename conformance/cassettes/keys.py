"""Decides which vendors a run records, and with which keys."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dotenv import dotenv_values

from conformance.core.redaction import SHORTEST
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = "stand-in"
LIVE = "live"

# Made up, but as long as the vendors' own, so that whatever looks for keys would find these.
MADE_UP_KEYS = {
    name: upstream.key_prefix + "q7Zt4mXw9KcB2vLd" * 3 for name, upstream in UPSTREAMS.items()
}


class KeysError(Exception):
    """The keys do not allow what was asked for; the message says what to set, in one line."""


def known(env_file: Path) -> dict[str, str]:
    """Return the vendors' keys in `.env` and the environment, by upstream; the file's come first.

    Raises `KeysError` if one is too short to be distinguished from an ordinary word.
    """
    written = dotenv_values(env_file, interpolate=False)
    keys = {}
    for name, upstream in UPSTREAMS.items():
        variable = upstream.key_variable
        key = (written.get(variable) or os.environ.get(variable) or "").strip()
        if key and len(key) < SHORTEST:
            raise KeysError(f"{variable} is too short for a key; is it the right one?")
        if key:
            keys[name] = key
    return keys


@dataclass(frozen=True, slots=True)
class Plan:
    """Which vendors are recorded, from where, and with which keys the stack asks.

    A vendor that is not recorded is replayed, and asked with a made-up key. `secrets` are all keys
    that no text may hold, real ones first; `real` are the vendors' own among them, by vendor, also
    of vendors that are not recorded. `skipped` says why a vendor is not recorded.
    """

    provenance: str = STAND_IN
    targets: frozenset[str] = frozenset()
    keys: dict[str, str] = field(default_factory=lambda: dict(MADE_UP_KEYS), repr=False)
    secrets: tuple[str, ...] = field(default=tuple(MADE_UP_KEYS.values()), repr=False)
    skipped: dict[str, str] = field(default_factory=dict)
    real: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def live(self) -> bool:
        """Whether the vendors themselves are asked."""
        return self.provenance == LIVE

    def without(self, upstream: str) -> Plan:
        """Return the plan with one vendor fewer to record; it is replayed."""
        return replace(
            self,
            targets=self.targets - {upstream},
            keys=self.keys | {upstream: MADE_UP_KEYS[upstream]},
        )

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts beyond this machine that the run may reach."""
        live = self.targets if self.live else ()
        return frozenset(urlsplit(UPSTREAMS[name].origin).hostname or "" for name in live)


def plan(mode: str, upstream: str | None, env_file: Path) -> Plan:
    """Return what a run in this record mode records, with `--upstream` as given.

    Raises `KeysError` if vendors are to be recorded and there is no key for any of them.
    """
    if mode == "none":
        return Plan()
    if upstream == STAND_IN:
        return Plan(targets=frozenset(UPSTREAMS))
    keys = known(env_file)
    wanted = [upstream] if upstream else list(UPSTREAMS)
    variables = {name: UPSTREAMS[name].key_variable for name in wanted}
    if not keys.keys() & set(wanted):
        raise KeysError(
            f"no key to record with: set {', '.join(variables.values())} in {env_file.name} or the "
            f"environment, or record from the stand-ins with `--conformance-upstream {STAND_IN}`"
        )
    missing = {name: f"{variables[name]} is not set" for name in wanted if name not in keys}
    return Plan(
        provenance=LIVE,
        targets=frozenset(set(wanted) & keys.keys()),
        keys=MADE_UP_KEYS | {name: key for name, key in keys.items() if name in wanted},
        secrets=(*keys.values(), *MADE_UP_KEYS.values()),
        skipped=missing,
        real=keys,
    )
