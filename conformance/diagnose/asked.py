"""The judge as one run asks it: of one release, with one set of variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release
    from conformance.judge.finding import Finding


class Judge(Protocol):
    """Who knows what every release makes of a config."""

    def findings(
        self, config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
    ) -> list[Finding]:
        """Return all findings of a config on a release."""

    def refused(
        self, config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
    ) -> set[str]:
        """Return what a release refuses whatever the unset variables are, and no cure mends."""

    def rewritings(self, config: Mapping[str, Any], release: Release) -> list[Finding]:
        """Return what a migration to a release rewrites."""

    def written_for(self, config: Mapping[str, Any]) -> Release:
        """Return the release that a config seems written for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A judge, asked for one release; for the one that a config seems written for if it is None.

    `environ` are the variables of the start; `migrating` adds what a migration rewrites.
    """

    judge: Judge
    environ: Mapping[str, str]
    release: Release | None = None
    migrating: bool = False

    def findings(self, config: Mapping[str, Any]) -> list[Finding]:
        """Return all findings of a config."""
        release = self._release(config)
        more = self.judge.rewritings(config, release) if self.migrating else []
        return [*self.judge.findings(config, release, self.environ), *more]

    def refused(self, config: Mapping[str, Any]) -> set[str]:
        """Return what is refused whatever the unset variables are, and no cure mends."""
        return self.judge.refused(config, self._release(config), self.environ)

    def _release(self, config: Mapping[str, Any]) -> Release:
        return self.release or self.judge.written_for(config)
