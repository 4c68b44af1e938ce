"""Compares what was sent with what arrived, field by field, and names the difference.

Upwards that is a caller's request and the one a vendor received; downwards a vendor's answer and
the one a caller received. The names are outcomes of checks; `SENTENCES` explains them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.stack.client import Answer, Gateway

ALWAYS: Final = frozenset({"model", "messages", "stream", "stream_options"})
AS_SENT: Final = "as-sent"
DROPPED: Final = "dropped"
ADDED: Final = "added"
REWRITTEN: Final = "rewritten"
_ABSENT: Final = object()

SENTENCES: Final = {
    "as_sent": "the vendor receives the field as the caller sent it",
    "dropped": "the vendor receives the request without the field, and the caller is not told",
    "added": "the vendor receives more beside the field than the caller sent",
    "rewritten": "the vendor receives another value than the caller sent",
    "renamed": "the vendor receives the value under another name",
    "several": "the field arrives with something left out, and something else added or changed",
    "refused": "the caller gets a 4xx that names the field, and nothing is sent",
    "refused_unexplained": "the caller gets a 4xx that does not name the field; nothing is sent",
    "server_error": "the caller gets a 500 or above, and nothing is sent",
    "error_in_stream": "the caller gets HTTP 200 and an error, and nothing is sent",
    "streams_differ": "a streamed request ends in another way than a plain one",
}

HURTS: Final = frozenset({name.replace("_", "-") for name in SENTENCES} - {AS_SENT})


def differences(sent: Any, got: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield the kind and the place of each difference between two JSON values.

    The kinds are `dropped`, `added` and `rewritten`. As in JSON, 0 and 0.0 are one number, and
    the order of an object's fields does not count.
    """
    if isinstance(sent, dict) and isinstance(got, dict):
        for name in {**sent, **got}:
            yield from _field(sent.get(name, _ABSENT), got.get(name, _ABSENT), f"{path}.{name}")
    elif isinstance(sent, list) and isinstance(got, list):
        for place in range(max(len(sent), len(got))):
            one, other = (each[place] if place < len(each) else _ABSENT for each in (sent, got))
            yield from _field(one, other, f"{path}[{place}]")
    elif _kind(sent) is not _kind(got) or sent != got:
        yield REWRITTEN, path


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _field(sent: Any, got: Any, path: str) -> Iterator[tuple[str, str]]:
    if got is _ABSENT:
        yield DROPPED, path
    elif sent is _ABSENT:
        yield ADDED, path
    else:
        yield from differences(sent, got, path)


def named(sent: Any, got: Any) -> str:
    """Return the one name for all differences of two JSON values; `as-sent` if there is none."""
    kinds = {kind for kind, _ in differences(sent, got)}
    return "several" if len(kinds) > 1 else min(kinds, default=AS_SENT)


def unsent(answer: Answer, word: str) -> str:
    """Return the outcome for an answer to a request of which nothing was sent to the vendor.

    `word` is what a text that explains the refusal has in it.
    """
    if answer.status >= 500:  # noqa: PLR2004
        return "server-error"
    if answer.status == 200:  # noqa: PLR2004
        return "error-in-stream"
    return "refused" if word in answer.text else "refused-unexplained"


@dataclass(frozen=True, slots=True)
class Asking:
    """A way to a vendor that takes every request down: through which gateway, as which caller.

    `requests` fills with what the vendor receives, each with `method` and `json`.
    """

    gateway: Gateway
    requests: list[Any]
    model: str
    data: Mapping[str, str]

    async def chat(self, **fields: Any) -> tuple[Answer, Any]:
        """Send one chat; return the answer, and the body that the vendor received or None."""
        self.requests.clear()
        answer = await self.gateway.chat(self.model, data=self.data, limited=False, **fields)
        posted = (each.json for each in self.requests if each.method == "POST")
        return answer, next(posted, None)


async def fate(asking: Asking, word: str, fields: Mapping[str, Any]) -> tuple[str, str]:
    """Chat with these fields, plain and streamed; return outcome and evidence of both.

    Of the body all is compared but what every request has and the fields do not. `word` is in the
    text of a refusal that explains itself.
    """
    fates, shown = [], []
    for stream in ({}, {"stream": True}):
        answer, got = await asking.chat(**fields, **stream)
        if got is None:
            fates.append(unsent(answer, word))
            shown.append(str(answer))
            continue
        arrived = {name: got[name] for name in got if name in fields or name not in ALWAYS}
        fates.append("renamed" if _renamed(fields, arrived) else named(fields, arrived))
        shown.append(told(fields, arrived))
    plain, streamed = fates
    return (plain if plain == streamed else "streams-differ"), " | streamed: ".join(shown)


def _renamed(sent: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Return whether the same values arrive, some under another name."""
    values = [[repr(value) for value in each.values()] for each in (sent, got)]
    return sent.keys() != got.keys() and sorted(values[0]) == sorted(values[1])


def told(sent: Any, got: Any) -> str:
    """Return the differences of two JSON values as evidence."""
    return ", ".join(" ".join(each) for each in differences(sent, got)) or "the same"
