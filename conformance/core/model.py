"""The vocabulary: what a trap, a check, an outcome and a verdict are. Values only, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from conformance.core.severity import Exposed, Severity


class Verdict(StrEnum):
    """The result of a check: the comparison of what was observed with what was expected."""

    AS_EXPECTED = "as-expected"
    DRIFT = "drift"
    ERROR = "error"
    NOT_APPLICABLE = "not-applicable"


class SubjectName(StrEnum):
    """What a run looks at: a release with the suite's own config, a user's config, a server."""

    RELEASE = "release"
    CONFIG = "config"
    SERVER = "server"

    @property
    def is_users(self) -> bool:
        """Whether it is the user's own; the suite's expectations then say what may be harmless."""
        return self is not SubjectName.RELEASE


class Accuracy(StrEnum):
    """How a statement of the seed document compares with what a release does."""

    CONFIRMED = "confirmed"
    IMPRECISE = "imprecise"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One observable statement of the seed document, and the check that decides it.

    `check` is the part of the check's id behind the slash. An outcome in `confirmed` confirms the
    statement, one in `imprecise` qualifies it, any other refutes it. `really` says what is true
    where the statement is not.
    """

    says: str
    section: str
    check: str
    confirmed: frozenset[str] = frozenset()
    imprecise: frozenset[str] = frozenset()
    really: str = ""

    def accuracy(self, outcome: str) -> Accuracy:
        """Return how the statement stands, given the outcome of its check."""
        if outcome in self.confirmed:
            return Accuracy.CONFIRMED
        return Accuracy.IMPRECISE if outcome in self.imprecise else Accuracy.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a file of checks is about. Its slug is stable for life and begins its checks' ids.

    `bites` names the outcomes, of any of its checks, that hurt a user. `decided_by` names objects
    of the stack, as `module.below.the.package:qualified.name`, whose code decides the behaviour;
    of several that exist on different releases, those found are shown.
    """

    slug: str
    documented: str
    instead: str
    bites: frozenset[str]
    claims: tuple[Claim, ...] = ()
    decided_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gotcha(Topic):
    """A documented trap: what happens, why that is bad, an example, and what to do instead.

    `severity` and `exposes` rate it where it bites; one that nobody has rated counts as medium.
    `worst` names those of the biting outcomes that hurt more than the others.
    """

    happens: str
    why: str
    example: str
    severity: Severity = Severity.MEDIUM
    exposes: frozenset[Exposed] = frozenset()
    worst: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Topic):
    """What a gateway owes its callers, in the words of RFC 2119 (MUST, MUST NOT, SHOULD)."""

    requires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of a report: what one check observed on one release."""

    id: str
    gotcha: str
    verdict: Verdict
    observed: str | None
    expected: str | None
    bites: bool
    evidence: str
    duration_s: float
    nodeid: str
    played: tuple[str, ...] = ()
    subject: SubjectName = SubjectName.RELEASE
    made_up: int = 0
    deviations: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    off_contract: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the row as the report schema has it."""
        row = asdict(self)
        row["verdict"] = self.verdict.value
        row["subject"] = self.subject.value
        row["played"] = list(self.played)
        row["deviations"] = list(self.deviations)
        row["received"] = list(self.received)
        return row


class CouldNotObserveError(Exception):
    """The harness or its surroundings failed, so nothing is known about the stack."""


class NotApplicableError(Exception):
    """What a vendor answers leaves nothing to ask; the message says what it answers."""


class DriftError(AssertionError):
    """A check observed an outcome other than the expected one."""


_Check = TypeVar("_Check", bound=Callable[..., Any])


def outcomes(**sentences: str) -> Callable[[_Check], _Check]:
    """Declare the closed set of outcomes of a check, each explained in one sentence.

    Underscores stand for hyphens: `literal_directory="…"` declares `literal-directory`.
    """

    def declare(check: _Check) -> _Check:
        named = {name.replace("_", "-"): text for name, text in sentences.items()}
        check.__outcomes__ = named  # type: ignore[attr-defined]
        return check

    return declare
