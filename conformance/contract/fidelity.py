"""Compares a gateway's answer with what the vendor answered it: nothing is lost, nothing is added.

A field that both have must hold the same; `model` may also be the name that the caller asked for.
Of the header fields, a gateway's own are its transport's alone, and none is the vendor's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.contract import events, header_fields
from conformance.contract.asked import REFUSED, STREAM
from conformance.contract.deviation import STRICT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.contract.asked import Asked
    from conformance.contract.deviation import Answer


def deviations(asked: Asked, answer: Answer, vendor: Answer) -> Iterator[Deviation]:
    """Yield in what an answer differs from the vendor's answer to the same request.

    Lists of models are the gateway's own.
    """
    if asked.method != "POST" or not asked.kind:
        return
    if answer.status >= REFUSED:  # what becomes of vendors' errors is for checks of their own
        return
    if answer.status != vendor.status:
        what = f"{answer.status}, and the vendor's is {vendor.status}"
        yield Deviation("other-status", STRICT, "status", what)
    if vendor.status >= REFUSED:
        return
    yield from _header_fields(answer, vendor)
    if asked.kind.endswith(STREAM):
        yield from _streams(asked, answer, vendor)
    else:
        yield from _values(asked, _parsed(answer), _parsed(vendor), "$")


def _header_fields(answer: Answer, vendor: Answer) -> Iterator[Deviation]:
    for name, value in answer.headers.items():
        if name not in header_fields.TRANSPORT:
            passed_on = vendor.headers.get(name) == value
            whose = "passed-on-header" if passed_on else "added-header"
            yield Deviation(whose, STRICT, f"header.{name}", "present")


def _streams(asked: Asked, answer: Answer, vendor: Answer) -> Iterator[Deviation]:
    for form in sorted(events.framing(answer.text) - events.framing(vendor.text)):
        yield Deviation("other-framing", STRICT, "stream", form)
    ours, theirs = (events.read(each)[0] for each in (answer, vendor))
    if len(ours) != len(theirs):
        what = f"{len(ours)}, and the vendor's are {len(theirs)}"
        yield Deviation("other-number-of-chunks", STRICT, "chunks", what)
    for place, (chunk, original) in enumerate(zip(ours, theirs, strict=False)):
        yield from _values(asked, chunk, original, f"chunk {place}")


def _values(asked: Asked, ours: Any, theirs: Any, path: str) -> Iterator[Deviation]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        yield from _objects(asked, ours, theirs, path)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _values(asked, one, other, f"{path}[{place}]")
    elif ours is None and theirs is not None:
        yield Deviation("nulled", STRICT, path, f"was {shown(theirs)}")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield Deviation("changed", STRICT, path, f"{shown(ours)}, was {shown(theirs)}")


def _objects(
    asked: Asked, ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str
) -> Iterator[Deviation]:
    for field in [*theirs, *(each for each in ours if each not in theirs)]:
        at = f"{path}.{field}"
        if field not in ours:
            name = "dropped-null" if theirs[field] is None else "dropped"
            yield Deviation(name, STRICT, at, f"was {shown(theirs[field])}")
        elif field not in theirs:
            name = "added-null" if ours[field] is None else "added"
            yield Deviation(name, STRICT, at, shown(ours[field]))
        elif field == "model" and ours[field] == asked.model != theirs[field]:
            yield Deviation("model-as-asked", STRICT, at, shown(ours[field]))
        else:
            yield from _values(asked, ours[field], theirs[field], at)


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.text)
    except (ValueError, RecursionError):
        return answer.text
