"""Describes as data how a vendor fails, stalls, hangs up or changes, and builds its answer.

A vendor's errors need no access to the server: a request for the model `fault-<error>`, for example
`fault-rate-limit`, gets that error from every vendor that has it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from conformance.vendors import anthropic, gemini, openai

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event

    from conformance.vendors.dialect import Answer, Request

REMOVED: Final = object()
"""The value that takes a field away."""

_DIALECTS: Final = {"openai": openai, "gemini": gemini, "anthropic": anthropic}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with an answer. The fields may be combined; by default nothing does.

    `error` sends one of the vendor's own errors: rate-limit, quota, server-error, overloaded.
    `changes` sets fields, or takes them away if REMOVED: `{"choices.*.index": "0", "id": REMOVED}`.
    A path leads through objects and arrays, `*` is every element; a stream needs one chunk that
    has it. `headers` are added. `done=False` leaves out the `[DONE]` of a stream.
    `insert` is sent as it is after the first piece: a frame is a piece, and so is a JSON body.
    `drop_after` pieces the connection is closed, the answer unfinished; 0 is before any header.
    `delay` seconds pass before each piece; what follows the first waits until `hold` is set.
    `path` is the end of the paths that are affected.
    """

    error: str | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = True
    insert: bytes = b""
    drop_after: int | None = None
    delay: float = 0
    hold: Event | None = None
    path: str = "/chat/completions"


NO_FAULT: Final = Fault()


def errors(upstream: str) -> tuple[str, ...]:
    """Return the names of the errors that a vendor is known, or taken, to send."""
    return tuple(_DIALECTS[upstream].FAULTS)


def answer(request: Request, fault: Fault = NO_FAULT) -> Answer:
    """Answer a request as its vendor would, with a fault.

    Raises `LookupError` if a change has no effect: a check would pass against an unchanged vendor.
    """
    dialect = _DIALECTS[request.upstream]
    name = fault.error or request.model.removeprefix("fault-")
    wanted = fault.error or request.model.startswith("fault-")
    failing = wanted and name in dialect.FAULTS
    plain: Answer = dialect.fault(name, request) if failing else dialect.answer(request)
    payload = copy.deepcopy(plain.payload)
    for path, value in fault.changes.items():
        steps = ["*", *path.split(".")] if plain.streamed else path.split(".")
        if not sum(_change(place, steps[-1], value) for place in _places(payload, steps[:-1])):
            message = f"{path!r} is nowhere in the answer to {request.method} {request.path}"
            raise LookupError(message)
    headers = (*plain.headers, *fault.headers.items())
    return replace(plain, payload=payload, headers=headers, done=fault.done)


def _places(value: object, steps: list[str]) -> Iterator[object]:
    """Yield every value that the steps lead to."""
    if not steps:
        yield value
        return
    children: dict[str, Any] = {}
    if isinstance(value, dict):
        children = value
    elif isinstance(value, list):
        children = {str(index): child for index, child in enumerate(value)}
    for name, child in children.items():
        if steps[0] in {"*", name}:
            yield from _places(child, steps[1:])


def _change(place: object, name: str, value: object) -> bool:
    """Set or remove one field, and say whether anything changed. A new field goes last."""
    if not isinstance(place, dict) or (value is REMOVED and name not in place):
        return False
    if value is REMOVED:
        del place[name]
    else:
        place[name] = value
    return True
