"""Lists the client libraries that callers use with a release, and makes an environment for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from conformance.core import releases
from conformance.releases import environments, suite_copy

if TYPE_CHECKING:
    from conformance.core.releases import Release

# OpenAI's own: the newest, and the last of 1.x, which applications keep that have not moved on.
OPENAI = {"openai, newest": "3.57.0", "openai, last 1.x": "1.109.1"}
SAME, NEXT, PREVIOUS = "own, same version", "own, next minor", "own, previous minor"
KINDS = (*OPENAI, SAME, NEXT, PREVIOUS)
# The minor version before the first release that is known, as it was last published.
BEFORE = "0.3.5"
RENAMED = Version("0.8")


@dataclass(frozen=True, slots=True)
class Client:
    """A client library in one version: its kind to a release, its distribution, its module."""

    kind: str
    distribution: str
    version: str

    @property
    def module(self) -> str:
        """What is imported."""
        return self.distribution.replace("-", "_")

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def of(release: Release) -> list[Client]:
    """Return the clients that a release is tried with; there may be no next minor version."""
    found = [Client(kind, "openai", version) for kind, version in OPENAI.items()]
    own = {SAME: release.version, NEXT: _minor(release, 1), PREVIOUS: _minor(release, -1)}
    found += [Client(kind, _own(version), version) for kind, version in own.items() if version]
    return found


def _own(version: str) -> str:
    return "llama-stack-client" if Version(version) < RENAMED else "ogx-client"


def _minor(release: Release, step: int) -> str:
    """Return the newest version of the minor version beside a release's; "" if there is none."""
    newest: dict[tuple[int, ...], str] = {Version(BEFORE).release[:2]: BEFORE}
    for each in releases.known():
        newest[Version(each.version).release[:2]] = each.version
    minors = sorted(newest)
    place = minors.index(Version(release.version).release[:2]) + step
    return newest[minors[place]] if 0 <= place < len(minors) else ""


def python(client: Client) -> str:
    """Return the interpreter of a client's environment; make it if it is not there.

    Raises `EnvironmentsError` if the client cannot be installed.
    """
    name = f"client-{client.distribution}-{client.version}"
    place = suite_copy.cache_directory() / "environments" / name
    return environments.simple(place, [f"{client.distribution}=={client.version}", *_with(client)])


def _with(client: Client) -> list[str]:
    """Return the limits under which a client installs as it did on its release's day."""
    moments = [r.published for r in releases.known() if r.version == client.version and r.published]
    if client.distribution == "openai" or not moments:
        return []
    moment = (max(moments) + environments.UPLOAD).strftime("%Y-%m-%dT%H:%M:%SZ")
    exempt = f"{client.distribution}={environments.FAR}"
    return ["--exclude-newer", moment, "--exclude-newer-package", exempt]
