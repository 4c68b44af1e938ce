"""Findings to what a person or a machine reads: the terminal summary and the JSON report."""

from __future__ import annotations

import json
import platform
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from conformance.core.model import Gotcha, Verdict
from conformance.core.verdict import Standing
from conformance.core.verdict import standing as standing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.core.model import Finding, Topic
    from conformance.core.releases import Release

SCHEMA = 1
WORDS = {
    Standing.BITES: "bites",
    Standing.DOES_NOT_BITE: "fixed",
    Standing.NOT_ASKED_IN_FULL: "unknown",
    Standing.NOT_MEASURED: "unknown",
}
PACKAGES = ("openai", "llama-stack-api", "ogx-api", "fastapi", "pydantic", "httpx", "vcrpy")
WIDTH = 80


@dataclass(slots=True)
class Report:
    """All findings of one run, and the circumstances they hold for.

    `stock` maps the label of every recorded answer to its provenance, `live` or `stand-in`.
    """

    release: Release | None
    module: str
    config: str
    record_mode: str
    stock: Mapping[str, str]
    topics: dict[str, Topic] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of(self, verdict: Verdict) -> list[Finding]:
        """Return the findings with a verdict."""
        return [finding for finding in self.findings if finding.verdict is verdict]

    def gotchas(self) -> dict[str, str]:
        """Return `bites`, `fixed` or `unknown` for every gotcha that was looked at.

        One check that bites is enough; one that did not observe leaves the rest unknown.
        """
        standing = {}
        for slug, topic in self.topics.items():
            rows = [finding for finding in self.findings if finding.gotcha == slug]
            if not rows or not isinstance(topic, Gotcha):
                continue
            outcomes = (row.observed if row.verdict is not Verdict.ERROR else None for row in rows)
            standing[slug] = WORDS[standing_of(topic.bites, outcomes)]
        return standing

    def cassettes(self) -> dict[str, int]:
        """Count recorded answers: in stock by provenance, played, and never asked for."""
        played = {label for finding in self.findings for label in finding.played}
        counts = Counter(self.stock.values())
        return {
            "live": counts["live"],
            "stand-in": counts["stand-in"],
            "played": len(played),
            "unused": len(self.stock.keys() - played),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the report as its schema has it."""
        counts = Counter(finding.verdict for finding in self.findings)
        standing = Counter(self.gotchas().values())
        release = self.release
        return {
            "schema": SCHEMA,
            "release": {
                "distribution": release and release.distribution,
                "version": release and release.version,
                "module": self.module,
            },
            "environment": {"python": platform.python_version(), "packages": packages()},
            "config": self.config,
            "record_mode": self.record_mode,
            "cassettes": self.cassettes(),
            "checks": [finding.as_json() for finding in self.findings],
            "summary": {
                **{verdict.value: counts[verdict] for verdict in Verdict},
                "gotchas": {"bite": standing["bites"], "fixed": standing["fixed"]},
            },
        }

    def text(self) -> str:
        """Return the JSON text of the report."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"

    def summary(self) -> list[tuple[str, str]]:
        """Return the lines of the terminal summary, each with the name of its colour or ""."""
        return [*self._standing_lines(), *self._trouble_lines(), *self._count_lines()]

    def _standing_lines(self) -> Iterable[tuple[str, str]]:
        marks = {"bites": ("BITES", "yellow"), "fixed": ("ok", "green"), "unknown": ("?", "red")}
        standing = self.gotchas()
        column = max(map(len, standing), default=0)
        for slug in sorted(standing, key=lambda slug: (standing[slug] != "bites", slug)):
            mark, colour = marks[standing[slug]]
            yield f"{mark:<5} {slug:<{column}}  {_first_clause(self.topics[slug])}", colour
            if mark == "BITES":
                yield from _wrapped("cure: " + self.topics[slug].instead, indent=6)

    def _trouble_lines(self) -> Iterable[tuple[str, str]]:
        for finding in self.of(Verdict.DRIFT):
            text = f"drift {finding.id}: expected {finding.expected}, observed {finding.observed}"
            yield text, "red"
        for finding in self.of(Verdict.ERROR):
            yield f"error {finding.id}: could not observe", "red"

    def _count_lines(self) -> Iterable[tuple[str, str]]:
        counts = Counter(finding.verdict for finding in self.findings)
        verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
        good = not counts[Verdict.DRIFT] and not counts[Verdict.ERROR]
        yield f"{self.release or 'no release'}: {verdicts}", "green" if good else "red"
        provenance = Counter(
            self.stock.get(label, "recorded now")
            for label in {label for finding in self.findings for label in finding.played}
        )
        sources = ", ".join(f"{count} {name}" for name, count in sorted(provenance.items()))
        # What a recording run leaves unused is only known once all is written.
        unused = f"; unused: {self.cassettes()['unused']}" if self.record_mode == "none" else ""
        yield f"vendor answers replayed: {sources or 'none'}{unused}", ""


def _first_clause(topic: Topic) -> str:
    text = topic.happens if isinstance(topic, Gotcha) else topic.documented
    return textwrap.shorten(text, WIDTH - 30, placeholder=" …")


def _wrapped(text: str, indent: int) -> Iterable[tuple[str, str]]:
    pad = " " * indent
    for line in textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=pad,
        subsequent_indent=pad,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield line, ""


def packages() -> dict[str, str]:
    """Return the installed versions of the packages that decide how the stack behaves."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
