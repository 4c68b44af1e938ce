"""Turns what a check observed into a verdict, and a drift into a message complete by itself."""

from __future__ import annotations

import shlex
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.contract.names import SENTENCES
from conformance.core import expectations, fields, measured, releases
from conformance.core.expectations import Expectation
from conformance.core.model import (
    CouldNotObserveError,
    DriftError,
    Finding,
    SubjectName,
    Topic,
    Verdict,
)
from conformance.core.verdict import verdict
from conformance.run.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.cassettes.replay import Tape
    from conformance.core.releases import Release

EVIDENCE_LIMIT = 4000


def topic_of(module: Any) -> Topic | None:
    """Return what a file of checks is about: its `GOTCHA` or `PROMISE`, if it has one."""
    found = getattr(module, "GOTCHA", None) or getattr(module, "PROMISE", None)
    return found if isinstance(found, Topic) else None


def outcomes_of(check: Callable[..., Any]) -> dict[str, str]:
    """Return the outcomes a check declares, each with its sentence."""
    return dict(getattr(check, "__outcomes__", {}))


def needs_of(item: pytest.Item) -> frozenset[str]:
    """Return what a check needs, by its own markers and those of its file."""
    return frozenset(need for marker in item.iter_markers("needs") for need in marker.args)


def identifier(topic: Topic, function: str, variant: str | None = None) -> str:
    """Return a check's id, `<slug>/<name>`; that of a variant is `<slug>/<name>-<variant>`."""
    name = function.removeprefix("test_").replace("_", "-")
    return f"{topic.slug}/{name}-{variant}" if variant else f"{topic.slug}/{name}"


@dataclass(slots=True)
class Judge:
    """Receives the one observation of one check; given to the check as `observed`."""

    id: str
    topic: Topic
    outcomes: dict[str, str]
    release: Release | None
    nodeid: str
    clean: Callable[[str], str] = field(default=fields.concealed, repr=False)
    needs: frozenset[str] = frozenset()
    subject: SubjectName = SubjectName.RELEASE
    row: str = ""
    config: str = ""
    options: tuple[str, ...] = ()
    tape: Tape | None = None
    outcome: str | None = None
    expected: str | None = None
    releases: str = "*"
    evidence: str = ""
    unlisted: bool = False
    trouble: list[str] = field(default_factory=list)
    wire: Wire = field(default_factory=Wire, repr=False)
    strict: bool = True
    off_contract: bool = False

    def __call__(self, outcome: str, evidence: object = "") -> None:
        """Record what was observed; evidence is what a person would want to see.

        Raises `DriftError` if another outcome was expected, or an answer that the check received
        deviates from the contract as its release is not known to, and `CouldNotObserveError` if the
        outcome is not a declared one, nothing is expected, an upstream request had no answer, or
        the check has observed before.
        """
        if self.outcome is not None:
            raise CouldNotObserveError(f"{self.id} has observed `{self.outcome}` before")
        self.evidence = self.clean(str(evidence))[:EVIDENCE_LIMIT]
        if self.tape is not None and (troubles := self.tape.troubles()):
            raise CouldNotObserveError(self.clean("; ".join(dict.fromkeys(troubles))))
        if outcome not in self.outcomes:
            known = ", ".join(self.outcomes) or "none"
            raise CouldNotObserveError(
                f"`{outcome}` is no outcome of {self.id} (declared: {known})"
            )
        self.outcome = outcome
        expectation = self._expectation()
        self.expected, self.releases = expectation.outcome, expectation.releases
        if expectation.outcome is None:
            self.unlisted = True
            raise CouldNotObserveError(
                f"not measured on {self.release}: {expectations.FILE} has no row that covers it; "
                f"observed `{outcome}`: {self.evidence}"
            )
        if self.judged(expectation, outcome) is Verdict.DRIFT:
            raise DriftError(self.message())
        self._hold_to_contract()

    def _hold_to_contract(self) -> None:
        """Raise `DriftError` for an answer that deviates in what its release is not known for.

        The name of the first such deviation is then the outcome, whatever the check was about.
        """
        here = self._packages()
        unknown = self.wire.unknown(self.release, self.id, here, strict=self.strict)
        if not unknown:
            return
        self.outcome, self.off_contract = unknown[0].name, True
        self.evidence = self.clean("; ".join(map(str, unknown)))[:EVIDENCE_LIMIT]
        raise DriftError(self.message())

    def judged(self, expectation: Expectation, outcome: str) -> Verdict:
        """Return the verdict. What does no harm in what is the user's own is no drift of it."""
        if self.subject.is_users and outcome not in self.topic.bites:
            return Verdict.AS_EXPECTED
        return verdict(expectation, outcome)

    def _expectation(self) -> Expectation:
        """Return what is expected; of a gateway that is no Llama Stack, only that it is harmless.

        Raises `CouldNotObserveError` if no release is installed, and none is running.
        """
        if self.release is None:
            if self.subject is not SubjectName.SERVER:
                raise CouldNotObserveError("no release of the stack is installed")
            return Expectation(next(name for name in self.outcomes if name not in self.topic.bites))
        name = self.row or self.id
        return expectations.expected(name, self.release, self.needs, self._packages())

    def _packages(self) -> dict[str, str] | None:
        """Return the packages beside the release; those beside a server are not seen."""
        return None if self.subject is SubjectName.SERVER else measured.installed()

    def message(self) -> str:
        """Return the message of a drift: expected, observed, its meaning, and how to repeat it."""
        observed = self.outcome or ""
        expected = self.outcomes.get(self.expected or "", "")
        rows = [
            ("documented", self.topic.documented),
            ("expected", f"{self.expected}{self._since()}: {expected}"),
            ("observed", f"{observed}: {self.outcomes.get(observed) or SENTENCES[observed]}"),
            ("evidence", self.evidence or "none"),
            ("means", self._meaning()),
            ("instead", self._instead()),
            ("see", f"llama-conformance explain {self.topic.slug}"),
            ("again", self.again()),
        ]
        head = f"{self.id}  on {self.release or self.config}"
        return "\n".join([head, *(_row(name, text) for name, text in rows)])

    def _instead(self) -> str:
        """Return what helps. What stops the start of a config is as a rule not the topic."""
        if self.subject is SubjectName.CONFIG and self.outcome == "boot-fails":
            return "mend what stops its start: see the evidence, and the summary below"
        return self.topic.instead

    def again(self) -> str:
        """Return the command that repeats the check, wherever the suite is installed."""
        words = ["pytest", "--pyargs", "conformance", f"--conformance-check={self.id}"]
        if self.subject is SubjectName.SERVER:
            words += [f"--stack-config={self.config}", *self.options]
        if self.subject is SubjectName.CONFIG:
            words += [f"--stack-config={self.config}", f"--conformance-subject={self.subject}"]
        return shlex.join(words)

    def _since(self) -> str:
        """Say where the expectation comes from, unless it is the same for all known releases."""
        if self.release in releases.known():
            return "" if self.releases == "*" else f" (as on {self.releases})"
        if self.release is None:
            return ""
        same = "every release" if self.releases == "*" else self.releases
        return f" (as on {same}, up to {releases.known()[-1]}, the newest known)"

    def _meaning(self) -> str:
        if self.subject is SubjectName.CONFIG:
            return "your config does on this release what the suite's own config does not"
        if self.release is None:
            return "an answer deviates from OpenAI's API, and clients may break on it"
        if self.subject is SubjectName.SERVER:
            return "this server does what its release with the suite's own config does not"
        return self._change()

    def _change(self) -> str:
        if self.off_contract:
            return "an answer deviates from OpenAI's API in what this release is not known for"
        if (self.outcome in self.topic.bites) == (self.expected in self.topic.bites):
            return "behaviour changed, no better or worse for users"
        if self.outcome in self.topic.bites:
            return "this now hurts on this release, and was not expected to"
        return "this no longer hurts on this release; the workaround may go"

    @property
    def bites(self) -> bool:
        """Whether the observed outcome hurts a user."""
        return self.off_contract or self.outcome in self.topic.bites

    def finding(self, verdict: Verdict, evidence: str, duration_s: float) -> Finding:
        """Return the row of the report."""
        return Finding(
            id=self.id,
            gotcha=self.topic.slug,
            verdict=verdict,
            observed=self.outcome if verdict is not Verdict.ERROR or self.unlisted else None,
            expected=self.expected,
            bites=self.bites and verdict is not Verdict.ERROR,
            evidence=self.clean(evidence),
            duration_s=round(duration_s, 3),
            nodeid=self.nodeid,
            played=tuple(self.tape.played) if self.tape is not None else (),
            subject=self.subject,
            made_up=self.tape.invented if self.tape is not None else 0,
            deviations=tuple(sorted(set(self.wire.added()))),
            received=tuple(sorted(self.wire.kinds())),
            off_contract=self.off_contract,
        )


def _row(name: str, text: str) -> str:
    wrapped = textwrap.wrap(
        " ".join(text.split()), width=80 - 15, break_long_words=False, break_on_hyphens=False
    )
    return f"  {name:<10} : " + ("\n" + " " * 15).join(wrapped or [""])
