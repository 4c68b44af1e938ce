"""Records what running stand-ins receive, and plans what goes wrong with their next answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.vendors import UPSTREAMS, faults
from conformance.vendors.faults import NO_FAULT, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.vendors.dialect import Answer, Request


class StandInError(Exception):
    """A stand-in could not answer: trouble of this suite, never of what is being checked."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it left a stand-in: status, header fields by lower-case names, the body."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class _Planned:
    upstream: str
    fault: Fault
    left: float


@dataclass(slots=True)
class StandIns:
    """The running stand-ins: where they are, what they received, what is to go wrong.

    `base` maps a vendor's name to its origin here. `requests` holds every request in the order of
    arrival, before it is answered; `connections` counts the connections they came over, `open`
    those that are still open. `ended` holds, for each answer, whether the client stayed until it
    was over; `answers` holds those to requests that ask a model, as far as they were sent.
    """

    base: Mapping[str, str]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    ended: list[bool] = field(default_factory=list)
    answers: list[Said] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    _planned: list[_Planned] = field(default_factory=list)

    def url(self, upstream: str) -> str:
        """Return the base URL that an OpenAI SDK takes: the origin and the vendor's root."""
        return self.base[upstream] + UPSTREAMS[upstream].root

    def inject(self, upstream: str, fault: Fault, *, times: int | None = 1) -> None:
        """Let the next answers (all, if `times` is None) have a fault; first planned, first played.

        Raises `ValueError` if the vendor has no error of that name.
        """
        known = faults.errors(upstream)
        if fault.error is not None and fault.error not in known:
            message = f"{upstream} has no error {fault.error!r}; it has {', '.join(known)}"
            raise ValueError(message)
        self._planned.append(_Planned(upstream, fault, float("inf") if times is None else times))

    def clear(self) -> None:
        """Forget all requests received and all faults planned."""
        self.connections = 0
        self.requests.clear()
        self.ended.clear()
        self.answers.clear()
        self._planned.clear()

    def note(self, request: Request, answer: Answer, fault: Fault) -> None:
        """Note what is answered to a request that asks a model, cut and filled up by a fault."""
        if request.method != "POST":
            return
        pieces = list(answer.pieces())[: fault.drop_after]
        pieces[1:1] = [fault.insert]
        fields = {name.lower(): value for name, value in answer.headers}
        self.answers.append(Said(answer.status, fields, b"".join(pieces).decode(errors="replace")))

    def check(self) -> None:
        """Raise `StandInError` if one of them was unable to answer."""
        if self.troubles:
            message = f"a stand-in could not answer: {self.troubles[0]!r}"
            raise StandInError(message) from self.troubles[0]

    def take_fault(self, request: Request) -> Fault:
        """Return the fault planned for this request, and count it as played."""
        for plan in self._planned:
            fits = request.path.endswith(plan.fault.path) and request.upstream == plan.upstream
            if fits and plan.left > 0:
                plan.left -= 1
                return plan.fault
        return NO_FAULT
