"""Knows with which packages each release was measured, and how those of a run differ.

The versions are those of the environments that the matrix runs in; `llama-conformance schemas`
writes them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.version import Version

from conformance.core import releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release

FILE = Path(__file__).with_suffix(".json")
# The packages whose minor versions have changed what a check observes.
DECIDING = (
    *("openai", "mcp", "fastapi", "pydantic", "httpx", "httpx2", "starlette"),
    "opentelemetry-sdk",
)
WITH = " with "  # stands before the package on which what a table says depends
# Beside them, what an upgrade report shows.
SHOWN = (
    *("aiosqlite", "llama-stack-api", "llama-stack-client", "ogx-api", "ogx-client"),
    *("sqlalchemy", "uvicorn"),
)


def packages(release: Release) -> Mapping[str, str]:
    """Return the deciding packages that a release was measured with; none for an unknown one."""
    return {name: held for name, held in all_packages(release).items() if name in DECIDING}


def all_packages(release: Release) -> Mapping[str, str]:
    """Return the deciding and the shown packages that a release was measured with."""
    return _all().get(str(release), {})


@cache
def installed() -> dict[str, str]:
    """Return the deciding packages that are installed here, with their versions."""
    found = {}
    for name in DECIDING:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@cache
def _all() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def differences(release: Release, here: Mapping[str, str]) -> list[str]:
    """Return `openai 3.57.0 here, measured with 2.21.0` for each deciding package of another minor.

    `here` maps packages to the versions installed.
    """
    then = packages(release)
    return [
        f"{name} {here[name]} here, measured with {then[name]}"
        for name in DECIDING
        if name in here and name in then and _minor(here[name]) != _minor(then[name])
    ]


def mute(release: Release, here: Mapping[str, str] | None = None) -> str:
    """Return why no chat of a gateway leaves a release, or "".

    `here` are the packages installed beside it. With those that it was measured with it stays mute
    beside others too: what its chats do there, nobody has measured.
    """
    wanted = releases.facts(release).mute
    if not wanted:
        return ""
    needed = Requirement(wanted)
    held = (found.get(needed.name) for found in (packages(release), here or {}))
    if not any(each in needed.specifier for each in held if each):
        return ""
    what = f"`{wanted}`, which refuses an empty key"
    return f"no chat of `remote::passthrough` leaves it beside {what}"


def muted(release: Release, here: Mapping[str, str]) -> tuple[Release, ...]:
    """Return two releases whose outcomes differ as these packages change those of a release.

    None unless it is the packages installed here that let no chat leave it.
    """
    pair = releases.facts(release).muted
    return tuple(map(releases.find, pair)) if pair and mute(release, here) else ()


def replaced(release: Release, requirement: str, here: Mapping[str, str]) -> bool:
    """Return whether what is installed meets a requirement that the measured package did not."""
    wanted = Requirement(requirement)
    now, then = (found.get(wanted.name, "0") for found in (here, packages(release)))
    return now in wanted.specifier and then not in wanted.specifier


def _minor(text: str) -> tuple[int, ...]:
    return Version(text).release[:2]


def text(found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the file's text for packages by release."""
    kept = {
        release: {name: each[name] for name in (*DECIDING, *SHOWN) if name in each}
        for release, each in sorted(found.items())
    }
    return json.dumps(kept, indent=1) + "\n"
