"""Compares one answer of a gateway with the contract, and with the vendor's answer meanwhile.

What the vendor's answer to the same request deviates in is the vendor's; the rest the gateway adds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.contract import events, fidelity, header_fields, whole
from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT, Deviation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.contract.asked import Asked
    from conformance.contract.deviation import Answer

REDIRECTED = 300  # and above
NUMBER = re.compile(r"\d+")
ID = re.compile(r'"id":\s*"([^"]+)"')


@dataclass(frozen=True)
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

    @cached_property
    def added(self) -> tuple[Deviation, ...]:
        """What the answer deviates in and the vendor's does not; each place once."""
        found = list(self.deviations())
        own = self._own() if found else set()
        return tuple(_once(each for each in found if self._place(each) not in own))

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
        same = _id(self.answer)
        own = [each for each in found if _id(each) == same] if same else []
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


def _id(answer: Answer) -> str:
    """Return the first id in an answer, which is its own; "" if there is none."""
    found = ID.search(answer.text)
    return found.group(1) if found else ""


def general(path: str) -> str:
    """Return a path without the numbers of what is counted in it."""
    return NUMBER.sub("#", path)
