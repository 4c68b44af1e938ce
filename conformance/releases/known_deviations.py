"""Turns what answers deviated in, on each release, into the table of known deviations.

What any check's answers of a kind may have stands under the kind; what only the vendors' faults of
one topic bring about stands under that topic's checks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from conformance.contract import known
from conformance.releases.proposals import ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.core.releases import Release

    # Check id and kind of an answer, with all `name path` that it deviated in.
    Seen = Iterable[tuple[str, str, Iterable[str]]]

USUAL = ("answer-contract/", "answer-forms/", "model-list/")  # their checks ask vendors that work
SHAPES = ("error-", "no-error", "bare-detail")  # of any error, whatever brings it about
NO_SHAPES = ("error-event", "error-not-json")
YES, NO = "known", "absent"


def text(seen: Mapping[Release, Seen]) -> str:
    """Return the table as TOML; `seen` has every release that was measured."""
    kinds: dict[str, set[Release]] = defaultdict(set)
    having: dict[str, dict[str, set[Release]]] = defaultdict(lambda: defaultdict(set))
    usual = _usual(seen)
    for release, answers in seen.items():
        for check, kind, deviations in answers:
            own = f"{check.partition('/')[0]}/*{known.SEPARATOR}{kind}"
            kinds[kind].add(release)
            kinds[own].add(release)
            for each in deviations:
                section = kind if (kind, each) in usual else own
                having[section][each].add(release)
    sections = (_section(name, having[name], kinds[name]) for name in sorted(having))
    return "\n".join(sections)


def _usual(seen: Mapping[Release, Seen]) -> set[tuple[str, str]]:
    """Return the kinds and deviations that are no doing of one topic's faults."""
    return {
        (kind, each)
        for answers in seen.values()
        for check, kind, deviations in answers
        for each in deviations
        if check.startswith(USUAL) or _is_shape(each)
    }


def _is_shape(deviation: str) -> bool:
    return deviation.startswith(SHAPES) and not deviation.startswith(NO_SHAPES)


def _section(name: str, having: Mapping[str, set[Release]], asked: set[Release]) -> str:
    return "\n".join([f"[{json.dumps(name)}]", *_rows(having, asked)]) + "\n"


def _rows(having: Mapping[str, set[Release]], asked: set[Release]) -> Iterator[str]:
    for deviation, releases in sorted(having.items()):
        found = ranges({each: YES if each in releases else NO for each in asked})
        covered = next(range_ for range_, text in found.items() if text == YES)
        yield f"{json.dumps(deviation)} = {json.dumps(covered)}"
