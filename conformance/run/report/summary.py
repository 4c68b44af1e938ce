"""What a run prints at its end: by subject, what needs attention, and counts.

Every line fits the terminal's width; 80 columns are enough.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.core.model import Gotcha, SubjectName, Verdict
from conformance.core.severity import Severity
from conformance.core.verdict import Standing
from conformance.run.report import remedies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.core.model import Finding, Topic
    from conformance.run.report.document import Report

    Line = tuple[str, str]

MARKS = {
    Standing.BITES: ("BITES", "yellow"),
    Standing.DOES_NOT_BITE: ("ok", "green"),
    Standing.NOT_ASKED_IN_FULL: ("?", "red"),
    Standing.NOT_MEASURED: ("?", "red"),
}
WORDS = {
    Verdict.AS_EXPECTED: "as expected",
    Verdict.DRIFT: "drift",
    Verdict.ERROR: "error",
    Verdict.NOT_APPLICABLE: "not applicable",
}
WHICH = {
    SubjectName.RELEASE: "of these gotchas",
    SubjectName.SERVER: "that it can be asked",
}
LIST = "--conformance-list"
ENDED = "did not run: the run ended before"
LEFT_OUT = 'were left out; -m "conformance or process" runs them too'
INDENT = 6
SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines of a report's summary, each with the name of its colour or ""."""

    report: Report
    width: int = 80
    whole: bool = False
    verbose: bool = False

    def lines(self) -> Iterator[Line]:
        """Yield the user's config first, if there is one, then the release, then the answers."""
        if self.report.config.own:
            yield from self._about(SubjectName.CONFIG, "your config on this release")
        yield from self._about(SubjectName.SERVER, "this server")
        yield from self._about(SubjectName.RELEASE, "this release")
        yield from self._sent() if self.report.server else self._answers()
        if (unreached := self.report.unreached()) and not self.report.server:
            chosen = len(self.report.chosen)
            yield from self._wrapped(f"{unreached} of {chosen} chosen checks {ENDED}", 0, "red")
        if (left_out := self.report.left_out) and not self.report.server:
            yield from self._wrapped(f"{left_out} checks that start a server {LEFT_OUT}", 0)
        if self.verbose:
            yield from self._slowest()
        if other := self.report.other_packages():
            yield from self._wrapped("; ".join(other), 0, "yellow")

    def _about(self, subject: SubjectName, heading: str) -> Iterator[Line]:
        rows = self.report.about(subject)
        if not rows and not self.report.not_run(subject):
            return
        yield f"{heading} ({self._named(subject)})", "bold"
        standings = self.report.standings(subject)
        if self.whole or subject.is_users:
            yield from self._standings(standings, whole=self.whole)
        yield from self._troubles(rows)
        yield from self._counts(subject, rows, standings)

    def _named(self, subject: SubjectName) -> str:
        release = str(self.report.release or "no release of Llama Stack")
        path = self.report.config.path
        return {SubjectName.CONFIG: path, SubjectName.SERVER: f"{release}; {path}"}.get(
            subject, release
        )

    def _standings(self, standings: dict[str, Standing], *, whole: bool) -> Iterator[Line]:
        """Yield what bites under a heading for each severity, the most severe first; the rest."""
        bite = {slug for slug, each in standings.items() if each is Standing.BITES}
        for severity in Severity:
            own = sorted(bite & self._rated(severity))
            if own:
                yield f"{severity} ({len(own)})", "bold"
            for slug in own:
                yield self._standing(slug, standings)
                yield from self._wrapped(f"instead: {self.report.topics[slug].instead}")
        for slug in sorted(standings.keys() - bite) if whole else ():
            yield self._standing(slug, standings)

    def _rated(self, severity: Severity) -> set[str]:
        topics = self.report.topics.items()
        return {slug for slug, each in topics if getattr(each, "severity", None) is severity}

    def _standing(self, slug: str, standings: dict[str, Standing]) -> Line:
        mark, colour = MARKS[standings[slug]]
        head = f"{mark:<5} {slug:<{max(map(len, standings))}}  "
        return head + _shortened(self.report.topics[slug], self.width - len(head)), colour

    def _troubles(self, rows: Sequence[Finding]) -> Iterator[Line]:
        for row in rows:
            if row.verdict is Verdict.DRIFT:
                yield f"drift {row.id}", "red"
                yield from self._wrapped(f"expected {row.expected}, observed {row.observed}")
                if row.subject.is_users:
                    yield from self._wrapped(_first_sentence(row.evidence))
                    yield from self._remedy(row)
            elif row.verdict is Verdict.ERROR:
                yield f"error {row.id}", "red"
                yield from self._wrapped(_first_sentence(row.evidence.removeprefix(f"{row.id}: ")))

    def _remedy(self, row: Finding) -> Iterator[Line]:
        """Yield what to write instead; of a refused start, all that would stop it."""
        topics, release = self.report.topics, self.report.release
        if row.observed == "boot-fails" and release:
            for line in remedies.of(self.report.config.path, release, row.evidence, topics):
                yield from self._wrapped(line)
        elif row.gotcha in topics:
            yield from self._wrapped(f"instead: {topics[row.gotcha].instead}")

    def _counts(
        self, subject: SubjectName, rows: Sequence[Finding], standings: dict[str, Standing]
    ) -> Iterator[Line]:
        verdicts = Counter(row.verdict for row in rows)
        counts = ", ".join(f"{verdicts[verdict]} {word}" for verdict, word in WORDS.items())
        good = not verdicts[Verdict.DRIFT] and not verdicts[Verdict.ERROR]
        yield from self._wrapped(f"checks: {counts}", 0, "green" if good else "red")
        not_run = 0 if subject is SubjectName.CONFIG else self.report.not_run(subject)
        if not_run:
            yield from self._wrapped(f"{not_run} checks {WHICH[subject]} did not run", 0, "yellow")
        said = self._said(standings)
        if standings and not self.whole:
            yield from self._wrapped(f"gotchas: {said}; {LIST} lists them", 0)
        elif standings:
            yield from self._wrapped(f"gotchas: {said}", 0)

    def _said(self, standings: dict[str, Standing]) -> str:
        counts = Counter(standings.values())
        texts = {each: f"{n} {_plural(each, n)}" for each in Standing if (n := counts[each])}
        bite = {slug for slug, each in standings.items() if each is Standing.BITES}
        rated = ((each, len(bite & self._rated(each))) for each in Severity)
        severe = ", ".join(f"{n} {each}" for each, n in rated if n and each.at_least(Severity.HIGH))
        if severe:
            texts[Standing.BITES] += f" ({severe})"
        return ", ".join(texts.values())

    def _answers(self) -> Iterator[Line]:
        counts = self.report.answers()
        unused = counts.pop("unused")
        names = {name: name.replace("-", " ") for name in counts} | {"stand-in": "stand-in"}
        sources = ", ".join(f"{n} {names[name]}" for name, n in counts.items() if n)
        # A selection leaves most unused; what a recording run does is known once all is written.
        rest = f"; {unused} unused" if self._is_complete() else ""
        yield from self._wrapped(f"vendor answers: {sources or 'none'}{rest}", 0)

    def _sent(self) -> Iterator[Line]:
        assert self.report.server is not None  # noqa: S101 - the caller has seen to it
        limits = self.report.server.limits
        requests = ", ".join(f"{n} {method}" for method, n in sorted(limits.sent.items()))
        chats = ", ".join(f"{n} with {model}" for model, n in sorted(limits.asked.items()))
        yield from self._wrapped(f"sent: {requests or 'nothing'}; chats: {chats or 'none'}", 0)
        for refusal in filter(None, self.report.server.refusals.values()):
            yield from self._wrapped(refusal, 0, "yellow")
        beside = self.report.server.beside
        if beside and beside.asked:
            own = ", ".join(f"{n} with {model}" for model, n in sorted(beside.asked.items()))
            yield from self._wrapped(f"sent to vendors themselves: chats: {own}", 0)

    def _slowest(self) -> Iterator[Line]:
        rows = sorted(self.report.findings, key=lambda row: row.duration_s, reverse=True)[:SLOWEST]
        yield "slowest checks", "bold"
        for row in rows:
            yield from self._wrapped(f"{row.duration_s:6.2f} s  {row.id}", 2)

    def _is_complete(self) -> bool:
        ran = {row.id for row in self.report.about(SubjectName.RELEASE)}
        every = {check for own in self.report.declared.values() for check in own}
        return self.report.whole and self.report.record_mode == "none" and ran >= every

    def _wrapped(self, text: str, indent: int = INDENT, colour: str = "") -> Iterator[Line]:
        pad = " " * indent
        for line in textwrap.wrap(
            " ".join(text.split()),
            self.width,
            initial_indent=pad,
            subsequent_indent=pad or "  ",
            break_on_hyphens=False,
        ):
            yield line, colour


def _plural(standing: Standing, number: int) -> str:
    words = {Standing.BITES: ("bites", "bite"), Standing.DOES_NOT_BITE: ("does not", "do not")}
    return words.get(standing, (standing.value, standing.value))[number != 1]


def _shortened(topic: Topic, width: int) -> str:
    text = topic.happens if isinstance(topic, Gotcha) else topic.documented
    return textwrap.shorten(text, max(width, 20), placeholder=" …")


def _first_sentence(evidence: str) -> str:
    return textwrap.shorten(evidence, 300, placeholder=" …")
