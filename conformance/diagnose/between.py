"""Compares what two releases make of the same config: what arrives, what goes, what stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.diagnose import diagnosis
from conformance.diagnose.asked import Asked
from conformance.diagnose.repair import trial
from conformance.judge import witness
from conformance.judge.finding import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release
    from conformance.diagnose.asked import Judge
    from conformance.diagnose.diagnosis import Diagnosis, Remark
    from conformance.diagnose.files.forms import Config
    from conformance.judge.witness import Witness

    Identity = tuple[str, str, Effect]


@dataclass(frozen=True, slots=True)
class Between:
    """A config on two releases. `rewritten` is what a migration changes beyond the cures."""

    config: Config
    old: Release
    new: Release
    before: Diagnosis
    after: Diagnosis
    rewritten: tuple[str, ...]

    def arriving(self, effect: Effect) -> list[Remark]:
        """Return what the newer release makes of the config and the older one does not."""
        known = {_identity(remark) for remark in self.before.remarks}
        return [
            remark
            for remark in self.after.remarks
            if remark.finding.effect is effect and _identity(remark) not in known
        ]

    @property
    def all_arriving(self) -> list[Remark]:
        """Return what arrives, whatever the newer release does with it."""
        return [remark for effect in Effect for remark in self.arriving(effect)]

    @property
    def leaving(self) -> list[Remark]:
        """What the older release makes of the config and the newer one does not."""
        known = {_identity(remark) for remark in self.after.remarks}
        return [remark for remark in self.before.remarks if _identity(remark) not in known]

    @property
    def staying(self) -> list[Remark]:
        """What both make of it, as the newer one says it."""
        known = {_identity(remark) for remark in self.before.remarks}
        return [remark for remark in self.after.remarks if _identity(remark) in known]

    def witness(self, remark: Remark) -> Witness | None:
        """Return the few lines that show a finding; None if no such are known."""
        return witness.of_finding(self.config.data, remark.finding, self.old, self.new)


def _identity(remark: Remark) -> Identity:
    return remark.finding.id, remark.path, remark.finding.effect


def between(
    config: Config, old: Release, new: Release, judge: Judge, environ: Mapping[str, str]
) -> Between:
    """Return what two releases make of a config. Raises `LookupError` for one too old to know."""
    own = judge.written_for(config.data)

    def judged(release: Release) -> Diagnosis:
        found = trial.judged(config, Asked(judge, environ, release))
        return diagnosis.diagnose(config, release, own, found, environ)

    before, after = judged(old), judged(new)
    rewritten = tuple(one.what for one in judge.rewritings(config.data, new))
    return Between(config, old, new, before, after, rewritten)
