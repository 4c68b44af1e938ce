"""Builds the report of a run as data: findings by subject, standings, counts, and its JSON."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from conformance.core import expectations, measured, releases
from conformance.core.model import Gotcha, SubjectName, Verdict
from conformance.core.verdict import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.core.model import Finding, Topic
    from conformance.core.releases import Release
    from conformance.stack.limits import Limits

SCHEMA = 2
PACKAGES = (*measured.DECIDING, "llama-stack-api", "ogx-api", "vcrpy")
SUITE = "llama-stack-conformance"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The config a run was about: `own` is false for the suite's own `run.yaml`."""

    path: str
    sha256: str
    own: bool

    @classmethod
    def of(cls, file: Path, shown: str, *, own: bool) -> ConfigFile:
        """Describe a file. Raises `OSError` if it cannot be read."""
        return cls(shown, hashlib.sha256(file.read_bytes()).hexdigest(), own)


@dataclass(frozen=True, slots=True)
class Server:
    """The running gateway that a run was about, who named its release, and what it was sent.

    `beside` holds what vendors were asked themselves, `refusals` by model why no chat is answered.
    """

    url: str
    source: str
    limits: Limits
    beside: Limits | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as the report's schema has it: requests by method, chats by model."""
        return {
            "url": self.url,
            "release_from": self.source,
            "sent": dict(self.limits.sent),
            "chats": dict(self.limits.asked),
            "chats_beside": dict(self.beside.asked) if self.beside else {},
        }


@dataclass(slots=True, kw_only=True)
class Report:
    """All findings of one run, and the circumstances they hold for.

    `stock` maps the label of every recorded answer to its provenance, `live` or `stand-in`;
    `declared` the slug of every topic that was in reach to the ids of its checks, whether they ran
    or not; `whole` says whether all topics were; `left_out` counts the checks that start a server
    and were not asked for. `chosen` holds the node ids of the checks of the run, if it gets to
    them; of a running gateway's, those that it can be asked.
    """

    release: Release | None
    module: str
    config: ConfigFile
    record_mode: str
    stock: Mapping[str, str]
    server: Server | None = None
    topics: dict[str, Topic] = field(default_factory=dict)
    declared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: bool = False
    findings: list[Finding] = field(default_factory=list)
    left_out: int = 0
    chosen: frozenset[str] = frozenset()

    def about(self, subject: SubjectName) -> list[Finding]:
        """Return the findings about the release, or about the user's config."""
        return [finding for finding in self.findings if finding.subject is subject]

    def of(self, verdict: Verdict) -> list[Finding]:
        """Return the findings with a verdict, about any subject."""
        return [finding for finding in self.findings if finding.verdict is verdict]

    def unreached(self) -> int:
        """Return how many of the chosen checks the run did not get to, or did not end."""
        return len(self.chosen - {finding.nodeid for finding in self.findings})

    def not_run(self, subject: SubjectName = SubjectName.RELEASE) -> int:
        """Return how many checks did not run: of the topics looked at, or of a server's chosen."""
        if subject is SubjectName.SERVER:
            return self.unreached() if self.server else 0
        seen = {finding.id for finding in self.about(subject)}
        slugs = {finding.gotcha for finding in self.about(subject)}
        return sum(check not in seen for slug in slugs for check in self.declared.get(slug, ()))

    def standings(self, subject: SubjectName = SubjectName.RELEASE) -> dict[str, Standing]:
        """Return the standing of every gotcha that was looked at.

        On the release a check that did not run counts as not asked; of the user's config only what
        it can show is asked at all, and of a server only gotchas that can be asked from outside.
        """
        rows = self.about(subject)
        found = {}
        for slug, topic in self.topics.items():
            own = [row for row in rows if row.gotcha == slug]
            if not own or not isinstance(topic, Gotcha):
                continue
            if subject is SubjectName.SERVER and not _asked(own):
                continue
            outcomes = [row.observed if row.verdict is not Verdict.ERROR else None for row in own]
            if subject is SubjectName.RELEASE:
                ran = {row.id for row in own}
                outcomes += [None for check in self.declared.get(slug, ()) if check not in ran]
            found[slug] = standing(topic.bites, outcomes)
        return found

    def answers(self) -> dict[str, int]:
        """Count the vendors' answers: those played by provenance, made up ones, unused ones."""
        played = {label for finding in self.findings for label in finding.played}
        counts = Counter(self.stock.get(label, "recorded now") for label in played)
        return {
            "live": counts["live"],
            "stand-in": counts["stand-in"],
            "recorded-now": counts["recorded now"],
            "made-up": sum(finding.made_up for finding in self.findings),
            "unused": len(self.stock.keys() - played),
        }

    def other_packages(self) -> list[str]:
        """Return which deciding packages are others here than those measured with, and what of it.

        Those beside a running gateway are not told.
        """
        if self.server or self.release is None:
            return []
        release, here = self.release, packages()
        found = measured.differences(release, here)
        known = sum(expectations.replaced_rows(topic, release, here) for topic in self.topics)
        told = [f"known differences: {known}" if known else "outcomes may differ"] if found else []
        if measured.muted(release, here):
            told.append(f"{measured.mute(release, here)}: {releases.facts(release).pinned}")
        return [*found, *told]

    def as_json(self) -> dict[str, Any]:
        """Return the report as its schema has it."""
        release = self.release
        return {
            "schema": SCHEMA,
            "suite": _version(SUITE),
            "release": {
                "distribution": release and release.distribution,
                "version": release and release.version,
                "module": self.module,
            },
            "environment": {"python": platform.python_version(), "packages": packages()},
            "measured_with": dict(measured.packages(release)) if release else {},
            "config": {
                "path": self.config.path,
                "sha256": self.config.sha256,
                "own": self.config.own,
            },
            "server": self.server.as_json() if self.server else None,
            "record_mode": self.record_mode,
            "answers": self.answers(),
            "run": {
                "chosen": len(self.chosen),
                "unreached": self.unreached(),
                "left_out": self.left_out,
            },
            "checks": [self._row(finding) for finding in self.findings],
            "summary": {
                str(subject): self.counts(subject) for subject in SubjectName if self.about(subject)
            },
        }

    def counts(self, subject: SubjectName) -> dict[str, Any]:
        """Return the counts of one subject: by verdict, by standing, and what did not run."""
        verdicts = Counter(finding.verdict for finding in self.about(subject))
        standings = Counter(self.standings(subject).values())
        not_run = 0 if subject is SubjectName.CONFIG else self.not_run(subject)
        return {
            **{verdict.value: verdicts[verdict] for verdict in Verdict},
            "not-run": not_run,
            "gotchas": {each.value: standings[each] for each in Standing},
        }

    def _row(self, finding: Finding) -> dict[str, Any]:
        topic = self.topics.get(finding.gotcha)
        observed = finding.observed if finding.verdict is not Verdict.ERROR else None
        return {
            **finding.as_json(),
            "standing": standing(topic.bites if topic else (), [observed]).value,
            **_rating(topic),
            "workaround": topic.instead if topic and finding.bites else None,
        }

    def text(self) -> str:
        """Return the JSON text of the report."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"


def _rating(topic: Topic | None) -> dict[str, Any]:
    """Return how severe a topic is and what it exposes; a promise is not rated."""
    if not isinstance(topic, Gotcha):
        return {"severity": None, "exposes": []}
    return {"severity": topic.severity.value, "exposes": sorted(topic.exposes)}


def _asked(rows: Sequence[Finding]) -> bool:
    return any(row.verdict is not Verdict.NOT_APPLICABLE for row in rows)


def packages() -> dict[str, str]:
    """Return the installed versions of the packages that decide how the stack behaves."""
    return {name: found for name in PACKAGES if (found := _version(name))}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
