"""Holds what one run works with: made once from the options, before anything is collected."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cassettes.departures import Departures
from conformance.cassettes.keys import MADE_UP_KEYS, STAND_IN, Plan
from conformance.core import fields, releases
from conformance.core.identities import without_secrets
from conformance.core.model import SubjectName
from conformance.run import subject as subjects
from conformance.run.observation import Judge
from conformance.run.subject import Subject
from conformance.run.wire import Wire
from conformance.stack.timeouts import LeftBehind

if TYPE_CHECKING:
    from conformance.cassettes.library import Library
    from conformance.core.releases import Release
    from conformance.run.live.asking import Live

__all__ = ["JUDGE", "MADE_UP_KEYS", "SESSION", "STAND_IN", "Session"]


@dataclass(kw_only=True)
class Session:
    """The options of a run, and the directories and recordings it shares.

    `strict` says whether answers are held to the letter of the contract.
    `own` is the user's config, `live` the user's running gateway; one of them with
    `--stack-config`, else neither.
    """

    own: Subject | None
    cassettes: Path
    mode: str
    upstream: str | None
    release: Release | None
    trouble: str
    plan: Plan = field(default_factory=Plan)
    accept_changed: bool = False
    live: Live | None = None
    departures: Departures = field(default_factory=Departures)
    library: Library | None = None
    strict: bool = True
    wire: Wire = field(default_factory=Wire)
    left_behind: LeftBehind = field(default_factory=LeftBehind)
    _count: int = 0

    @cached_property
    def workplace(self) -> Path:
        """A directory of this run alone."""
        return Path(tempfile.mkdtemp(prefix="conformance-"))

    @property
    def keys(self) -> dict[str, str]:
        """The key the stack asks each vendor with."""
        return self.plan.keys

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values that no text may hold: keys, and what the user's secret fields hold."""
        return (
            *self.plan.secrets,
            *(self.own.secrets if self.own else ()),
            *(self.live.secrets if self.live else ()),
        )

    @property
    def given(self) -> str:
        """What `--stack-config` was given, for the command that repeats a check; "" without."""
        if self.live:
            return self.live.address.url
        return str(self.own.file) if self.own else ""

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts beyond this machine that the run may reach."""
        return self.plan.hosts | (self.live.hosts if self.live else frozenset())

    def clean(self, text: str) -> str:
        """Return a text that may be shown: without secrets and, from live vendors, without ids."""
        shown = fields.concealed(text, self.secrets)
        return without_secrets(shown, self.secrets) if self.plan.live else shown

    @cached_property
    def of_release(self) -> Subject:
        """The release, shown with the suite's own config."""
        return subjects.of_release(releases.facts(self.release or releases.reference()), {})

    @property
    def main(self) -> SubjectName:
        """The subject that every check of the run is asked of, if it can be."""
        return SubjectName.SERVER if self.live else SubjectName.RELEASE

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What the run looks at."""
        if self.live:
            return (Subject(name=SubjectName.SERVER, config={}, routes=self.live.routes),)
        return (self.of_release, self.own) if self.own else (self.of_release,)

    def subject(self, name: SubjectName | None = None) -> Subject:
        """Return a subject by its name; the main one without a name."""
        return next(s for s in self.subjects if s.name == (name or self.main))

    def directory(self, name: str) -> Path:
        """Make a new directory, alone below a new directory of this run."""
        self._count += 1
        made = self.workplace / f"{self._count:04}" / name
        made.mkdir(parents=True)
        return made


SESSION = pytest.StashKey[Session]()
JUDGE = pytest.StashKey[Judge]()
