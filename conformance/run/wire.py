"""Collects what a check's requests were answered, and says what its release is not known for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.contract import known, outcomes, whole
from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT
from conformance.contract.whole import SUCCESS
from conformance.core.model import CouldNotObserveError, NotApplicableError
from conformance.run.exchange import Exchange, general

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.contract.asked import Asked
    from conformance.contract.deviation import Answer, Deviation
    from conformance.core.releases import Release


@dataclass(frozen=True, slots=True)
class Unknown:
    """A deviation that a release is not known for: of which kind of answer, and whose doing."""

    kind: str
    deviation: Deviation
    whose: str

    @property
    def name(self) -> str:
        """The deviation's name."""
        return self.deviation.name

    def __str__(self) -> str:
        return f"{self.whose}: {self.deviation} ({self.kind})"


@dataclass(slots=True)
class Wire:
    """What went over the wire since the check began.

    `followed` are lists to which whoever plays a vendor appends its answers, `apart` one of answers
    to the suite itself. Of a gateway looked at from `outside` no vendor's answer need be seen.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    followed: list[Sequence[Answer]] = field(default_factory=list)
    apart: Sequence[Answer] = ()
    outside: bool = False

    def clear(self) -> None:
        """Forget the check before."""
        self.exchanges.clear()
        self.followed.clear()

    def follow(self, *answers: Sequence[Answer]) -> None:
        """Take these lists as those of the vendors' answers, until the check ends."""
        self.followed += [each for each in answers if not any(each is old for old in self.followed)]

    def asking(self) -> Callable[[Asked, Answer], None]:
        """Begin an exchange; what is returned notes its answer, and the vendors' since then."""
        since = [(answers, len(answers)) for answers in self.followed]
        apart = len(self.apart)

        def heard(asked: Asked, answer: Answer) -> None:
            vendors = [each for answers, start in since for each in answers[start:]]
            own = tuple(self.apart[apart:])
            exchange = Exchange(asked, answer, tuple(vendors), own, followed=bool(since))
            self.exchanges.append(exchange)

        return heard

    def note(self, asked: Asked, answer: Answer, vendors: Iterable[Answer]) -> None:
        """Note an exchange that went another way than over a client of the suite."""
        self.exchanges.append(Exchange(asked, answer, tuple(vendors)))

    def compared(self) -> tuple[str, object]:
        """Return outcome and evidence of the last answer, beside the vendor's to the same request.

        Raises `CouldNotObserveError` if no vendor has answered it, and `NotApplicableError` from
        outside, where it is refused and nobody sees by whom.
        """
        last = self.exchanges[-1]
        if self.outside:
            return _from_outside(last)
        if last.answer.status >= REFUSED and not any(v.status >= REFUSED for v in last.vendors):
            return outcomes.REFUSED, last.answer
        if [each.status for each in last.vendors] != [SUCCESS]:
            raise CouldNotObserveError(f"no vendor answers this request: {last.vendors}")
        return outcomes.of(last.added), last.told()

    def kinds(self) -> set[str]:
        """Return the kinds of the answers."""
        return {whole.kind(each.asked, each.answer) for each in self.exchanges}

    def added(self) -> list[str]:
        """Return what the gateway added to answers: their kind, and name and path of each."""
        return [
            f"{whole.kind(each.asked, each.answer)}{known.SEPARATOR}{_row(one)}"
            for each in self.exchanges
            for one in each.added
        ]

    def unknown(
        self,
        release: Release | None,
        check: str,
        packages: Mapping[str, str] | None = None,
        *,
        strict: bool,
    ) -> list[Unknown]:
        """Return what the gateway added that its release is not known for, in this check's answers.

        Nothing is known of a gateway that is no Llama Stack, whose release is None. `packages` are
        those beside the release, if they can be seen. Without `strict`, what only the letter of the
        description asks for is left out.
        """
        return [
            Unknown(kind, each, exchange.whose)
            for exchange in self.exchanges
            for kind in [whole.kind(exchange.asked, exchange.answer)]
            for each in exchange.added
            if (strict or each.layer == CONTRACT)
            and not known.covers(release, check, kind, _row(each), packages)
        ]


def _from_outside(last: Exchange) -> tuple[str, object]:
    """Return outcome and evidence of an answer whose vendor is seen beside it, or not at all."""
    if last.answer.status >= REFUSED:
        raise NotApplicableError(f"this request is refused, and by whom is not seen: {last.answer}")
    return outcomes.of(last.added), last.told()


def _row(found: Deviation) -> str:
    """Return a deviation as the table of known ones names it."""
    return f"{found.name} {general(found.path)}"
