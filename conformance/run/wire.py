"""Holds every answer that a check receives against the contract, and beside the vendor's own.

What the vendor's answer to the same request deviates in is the vendor's; the rest the gateway adds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.contract import events, fidelity, header_fields, known, outcomes, whole
from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT, Deviation
from conformance.contract.whole import SUCCESS
from conformance.core.model import CouldNotObserveError, NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conformance.contract.asked import Asked
    from conformance.contract.deviation import Answer
    from conformance.core.releases import Release

REDIRECTED = 300  # and above
NUMBER = re.compile(r"\d+")
ID = re.compile(r'"id":\s*"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a check: what was asked, the answer, and what vendors answered meanwhile.

    `apart` are vendors' answers to the same request from the suite: of the same form, but with
    words, ids and numbers of their own. All vendors are `followed`, or not.
    """

    asked: Asked
    answer: Answer
    vendors: tuple[Answer, ...] = ()
    apart: tuple[Answer, ...] = ()
    followed: bool = False

    @property
    def whose(self) -> str:
        """Whose doing is what the answer adds: from outside the vendor's answer is not seen."""
        passed_on = self.asked.method == "POST" and self.answer.status < REFUSED
        seen = self.vendors or self.apart
        return "vendor or gateway" if passed_on and not seen else "gateway"

    def added(self) -> Iterator[Deviation]:
        """Yield what the answer deviates in and the vendor's does not; each place once."""
        own = self._own()
        yield from _once(each for each in self.deviations() if self._place(each) not in own)

    def deviations(self) -> Iterator[Deviation]:
        """Yield all that the answer deviates in, be it the vendor's or the gateway's doing."""
        yield from whole.deviations(self.asked, self.answer)
        yield from self._header_fields()
        if self.followed and self._is_made_up():
            yield Deviation("made-up", CONTRACT, "answer", "no vendor was asked meanwhile")
        yield from self._altered()

    def _header_fields(self) -> Iterator[Deviation]:
        """What answers without a contract of their own say in a preflight or a redirect is due."""
        other = whole.kind(self.asked, self.answer) == whole.OTHER
        due = other and (self.asked.method == "OPTIONS" or self.answer.status >= REDIRECTED)
        if self.asked.method == "HEAD" or due:
            return
        yield from header_fields.deviations(self.answer)
        if self.asked.method != "POST" or self.answer.status >= REFUSED:
            yield from header_fields.of_own(self.answer, *self.vendors)

    def _is_made_up(self) -> bool:
        """Return whether something is said that no vendor said; a refusal is the gateway's own."""
        if self.asked.method != "POST" or self.answer.status >= REFUSED or self.vendors:
            return False
        if self.asked.streamed:
            return any("choices" in each for each in events.read(self.answer)[0])
        return bool(self.asked.kind)

    def _altered(self) -> Iterator[Deviation]:
        """Compare with the vendor's answer: the one, or the one that is no refusal.

        Of several, which other callers got meanwhile, that with the same id has the same values.
        """
        served = [each for each in self.vendors if each.status < REFUSED]
        found = self.vendors if len(self.vendors) == 1 else served
        if len(found) == 1:
            yield from fidelity.deviations(self.asked, self.answer, found[0])
        own = [each for each in found if _id(each) and _id(each) == _id(self.answer)]
        if len(found) > len(own) == 1:
            altered = fidelity.deviations(self.asked, self.answer, own[0])
            yield from (each for each in altered if each.name == "changed")

    def told(self) -> str:
        """Return all deviations as evidence, each with whose it is."""
        own = self._own()
        found = ((each, self._place(each) in own) for each in _once(self.deviations()))
        told = (f"{'vendor' if its else self.whose}: {each}" for each, its in found)
        return "; ".join(told) or "no deviation"

    def _own(self) -> set[tuple[str, str]]:
        """Return names and places of what the vendors' answers deviate in."""
        answers = self.vendors + self.apart
        found = (one for each in answers for one in whole.deviations(self.asked, each))
        return {self._place(each) for each in found}

    def _place(self, found: Deviation) -> tuple[str, str]:
        """Return name and place; what an answer apart counts is not counted in the same order."""
        return found.name, general(found.path) if self.apart else found.path


def _once(found: Iterable[Deviation]) -> Iterator[Deviation]:
    """Yield the first of the deviations that differ in nothing but a number in their path."""
    first: dict[tuple[str, str], Deviation] = {}
    for each in found:
        first.setdefault((each.name, general(each.path)), each)
    yield from first.values()


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
        return outcomes.of(last.added()), last.told()

    def kinds(self) -> set[str]:
        """Return the kinds of the answers."""
        return {whole.kind(each.asked, each.answer) for each in self.exchanges}

    def added(self) -> list[str]:
        """Return what the gateway added to answers: their kind, and name and path of each."""
        return [
            f"{whole.kind(each.asked, each.answer)}{known.SEPARATOR}{_row(one)}"
            for each in self.exchanges
            for one in each.added()
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
            for each in exchange.added()
            if (strict or each.layer == CONTRACT)
            and not known.covers(release, check, kind, _row(each), packages)
        ]


def _from_outside(last: Exchange) -> tuple[str, object]:
    """Return outcome and evidence of an answer whose vendor is seen beside it, or not at all."""
    if last.answer.status >= REFUSED:
        raise NotApplicableError(f"this request is refused, and by whom is not seen: {last.answer}")
    return outcomes.of(last.added()), last.told()


def _id(answer: Answer) -> str:
    """Return the first id in an answer, which is its own; "" if there is none."""
    found = ID.search(answer.text)
    return found.group(1) if found else ""


def _row(found: Deviation) -> str:
    """Return a deviation as the table of known ones names it."""
    return f"{found.name} {general(found.path)}"


def general(path: str) -> str:
    """Return a path without the numbers of what is counted in it."""
    return NUMBER.sub("#", path)
