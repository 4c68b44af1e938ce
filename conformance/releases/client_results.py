"""Keeps what clients saw of each release as data; `llama-conformance clients` measures it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import releases

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("clients.json")
OK = "ok"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one client saw of one release: its name and version, and what was not as it should be.

    `uses` is how many uses were tried; `failed` maps those that failed to what a caller sees.
    """

    client: str
    uses: int
    failed: Mapping[str, str]


Table = dict[str, dict[str, Seen]]


def read(file: Path = FILE) -> Table:
    """Return what was measured: release → kind of client → what it saw."""
    if not file.exists():
        return {}
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {
        release: {kind: Seen(**seen) for kind, seen in kinds.items()}
        for release, kinds in rows.items()
    }


def write(found: Mapping[str, Mapping[str, Seen]], file: Path = FILE) -> None:
    """Write what was measured, in the order of the releases; others keep what they have."""
    table = {**read(file), **found}
    order = [str(release) for release in releases.known() if str(release) in table]
    rows = {
        release: {
            kind: {"client": seen.client, "uses": seen.uses, "failed": dict(seen.failed)}
            for kind, seen in table[release].items()
        }
        for release in order
    }
    file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def differences(kept: Table, found: Mapping[str, Mapping[str, Seen]]) -> list[str]:
    """Return in a line each what is another now than it is kept as."""
    return [
        f"{release}, {kind} ({seen.client}): {use}: kept {_at(kept, release, kind, use)}, "
        f"now {seen.failed.get(use, OK)}"
        for release, kinds in found.items()
        for kind, seen in kinds.items()
        for use in sorted({*seen.failed, *_failed(kept, release, kind)})
        if _at(kept, release, kind, use) != seen.failed.get(use, OK)
    ]


def _failed(table: Table, release: str, kind: str) -> Mapping[str, str]:
    seen = table.get(release, {}).get(kind)
    return seen.failed if seen else {}


def _at(table: Table, release: str, kind: str, use: str) -> str:
    if kind not in table.get(release, {}):
        return "nothing"
    return _failed(table, release, kind).get(use, OK)
