"""Knows the release line, the facts that differ along it, and which release is installed here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from datetime import date, datetime

TABLE = Path(__file__).with_suffix(".toml")
DISTRIBUTIONS = ("llama-stack", "ogx")


class TableError(ValueError):
    """A table of the suite's own says something that cannot be; the message is one line."""


class RangeError(TableError):
    """A text in one of the tables is not a range of releases."""


@dataclass(frozen=True, slots=True)
class Release:
    """One published version of the stack, under the name it was published with.

    `published` is when the registry received it. `broken` says why it boots nothing at all, as it
    was released; `without` names the provider type of a gateway that it does not have.
    """

    distribution: str
    version: str
    published: datetime | None = None
    broken: str | None = None
    without: str | None = None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"

    @property
    def order(self) -> tuple[Version, str]:
        """The release's place on the one line of versions."""
        return _order(self.distribution, self.version)

    def within(self, releases: str) -> bool:
        """Tell whether a range covers this release.

        A range is `*` or a version specifier (`>=0.4.2,<0.7`), optionally behind the name of a
        distribution (`ogx ==0.7.1`); alternatives are separated by `|`. Raises `RangeError`.
        """
        return _within(self.distribution, self.version, releases)


@cache
def _order(distribution: str, version: str) -> tuple[Version, str]:
    return Version(version), distribution


@cache
def _within(distribution: str, version: str, releases: str) -> bool:
    parts = [part.strip() for part in releases.split("|")]
    # All are looked at, so that a misspelt one is refused on every release.
    return True in {_within_one(distribution, version, part) for part in parts}


def _within_one(distribution: str, version: str, releases: str) -> bool:
    first, _, rest = releases.partition(" ")
    named = first in DISTRIBUTIONS
    specifier = rest.strip() if named else releases
    if not specifier:  # packaging takes it for every version
        raise RangeError(f"`{releases}` is not a range of releases")
    try:
        covered = specifier == "*" or version in SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise RangeError(f"`{releases}` is not a range of releases") from error
    return covered and (not named or first == distribution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What booting and calling a release needs to know, read from `releases.toml`.

    `mute` is the SDK beside which no chat of `remote::passthrough` leaves it, `muted` two releases
    that show what that changes, or empty. `today` is what is wrong with a plain install of it now,
    and what to pin then, or empty.
    `variables` are the names, without their `prefix`, of the variables that its server reads.
    """

    module: str
    header: str
    name_key: str
    prefix: str
    variables: tuple[str, ...]
    command: str
    companions: tuple[str, ...]
    directory: str
    mute: str
    muted: tuple[str, ...]
    listed_once: bool
    today: tuple[str, ...]

    @property
    def pins(self) -> tuple[str, ...]:
        """What a plain install of today needs beside the release; a name alone in its version."""
        return self.today[1:]

    @property
    def pinned(self) -> str:
        """What to do with a plain install of today, for people; "" if it is good as it is."""
        named = [f"`{pin}`" if "<" in pin else f"`{pin}` to the same version" for pin in self.pins]
        return f"pin {', and '.join(named)}" if named else ""

    @property
    def config_variable(self) -> str:
        """The environment variable that names the config's file."""
        return f"{self.prefix}CONFIG"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def known() -> tuple[Release, ...]:
    """Return every known release, oldest version first."""
    return tuple(sorted((Release(**row) for row in _table()["release"]), key=lambda r: r.order))


def reference() -> Release:
    """Return the release that the seed document describes and the default environment pins."""
    return find(_table()["reference"])


def plain_installs() -> date:
    """Return the day on which a plain install of every release was last tried."""
    day: date = _table()["plain_installs"]
    return day


def whole() -> tuple[Release, ...]:
    """Return every known release that is not broken as published, oldest version first."""
    return tuple(release for release in known() if release.broken is None)


@cache
def find(name: str) -> Release:
    """Return the known release called `0.5.1`, `llama-stack 0.5.1`, `ogx==1.5.0` or `latest`.

    A version alone that both distributions have is llama-stack's. Raises `LookupError` if there is
    no such release.
    """
    if name == "latest":
        return known()[-1]
    words = name.replace("==", " ").split()
    found = [r for r in known() if words in ([r.version], [r.distribution, r.version])]
    if not found:
        raise LookupError(f"`{' '.join(name.split())}` is no known release; {_instead(words)}")
    return min(found, key=lambda release: DISTRIBUTIONS.index(release.distribution))


def _instead(words: list[str]) -> str:
    """Say which releases have the version that was named last, or which are called much like it."""
    same = [str(release) for release in known() if words[-1:] == [release.version]]
    if same:
        return f"that version is {' or '.join(same)}"
    versions = dict.fromkeys(release.version for release in known())
    near = get_close_matches(" ".join(words[-1:]), versions, n=2, cutoff=0.7)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}`llama-conformance releases` lists them, and `latest` is one"


def installed() -> Release:
    """Return the release installed in this environment.

    Raises `CouldNotObserveError` if no distribution of the stack is installed, or two are.
    """
    found = []
    for distribution in DISTRIBUTIONS:
        try:
            found.append(Release(distribution, version(distribution)))
        except PackageNotFoundError:
            continue
    if len(found) != 1:
        names = " and ".join(map(str, found)) or "no release of " + " or ".join(DISTRIBUTIONS)
        raise CouldNotObserveError(f"exactly one release must be installed, not {names}")
    return next((r for r in known() if str(r) == str(found[0])), found[0])


@cache
def facts(release: Release) -> Facts:
    """Return the facts of a release; one newer than all known ones has the newest one's facts."""
    return Facts(**{name: _fact(name, rows, release) for name, rows in _table()["facts"].items()})


def _fact(name: str, rows: dict[str, Any], release: Release) -> Any:
    values = [value for releases, value in rows.items() if release.within(releases)]
    if len(values) != 1:
        raise LookupError(f"{TABLE.name}: {len(values)} values of `{name}` for {release}")
    return tuple(values[0]) if isinstance(values[0], list) else values[0]
