"""Whatever changes in an answer of the gateway is a deviation that its release is not known for."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import re
import unicodedata
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import httpx
import pytest

from conformance.contract.asked import Asked
from conformance.core import releases
from conformance.run.exchange import Exchange
from conformance.run.fixtures.server import Server
from conformance.run.wire import Wire
from conformance.stack import streaming
from conformance.vendors.stand_ins import Said
from tests.support import received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.contract.deviation import Answer
    from conformance.run.wire import Unknown
    from conformance.vendors.stand_ins import StandIns

    Fault = Callable[[Answer], Answer]

CHECKS = {
    "plain": "answer-contract/plain-openai",
    "structured": "answer-forms/chat-structured",
    "calls": "answer-contract/calls-openai",
    "several": "answer-forms/chat-several",
    "logprobs": "answer-forms/logprobs-plain",
    "streamed": "answer-contract/streamed-openai",
    "streamed-several": "answer-forms/chat-streamed-several",
    "streamed-structured": "answer-forms/chat-streamed-structured",
    "streamed-usage": "answer-forms/chat-streamed-usage",
    "streamed-calls": "answer-contract/streamed-calls-openai",
    "completion": "answer-forms/completion-plain",
    "streamed-completion": "answer-forms/completion-streamed",
    "embeddings": "answer-forms/embeddings-list",
    "base64": "answer-forms/embeddings-base64",
    "models": "answer-contract/model-list",
    "unknown-model": "answer-contract/unknown-model",
    "malformed": "answer-contract/malformed-request",
    "unknown-path": "answer-contract/unknown-path",
    "relayed": "vendor-errors/status-for-rate-limit",
    "providers": "open-gateway/read-configs",
}
PLAIN = "plain", "structured", "calls", "several", "logprobs", "completion", "embeddings", "base64"
STREAMS = (
    *("streamed", "streamed-several", "streamed-structured", "streamed-usage"),
    *("streamed-calls", "streamed-completion"),
)
ERRORS = "unknown-model", "malformed", "unknown-path"
ABSENT = object()
FOR_URLS = str.maketrans("+/=", "-_.")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exchange]:
    """The exchanges of all checks above with the gateway as it is."""
    report = tmp_path_factory.mktemp("wire") / "report.json"
    found = received.exchanges(report, *CHECKS.values())
    return {name: found[check][-1] for name, check in CHECKS.items()}


def unknown(exchange: Exchange, name: str) -> list[Unknown]:
    """Return what an exchange deviates in that the installed release is not known for."""
    wire = Wire([exchange])
    return wire.unknown(releases.installed(), CHECKS[name], strict=True)


def altered(answer: Answer, **fields: Any) -> Answer:
    """Return an answer with other values in some of its fields; its length is that of its body."""
    made = replace(Said(answer.status, answer.headers, answer.text), **fields)
    if "text" not in fields or "content-length" not in made.headers:
        return made
    length = str(len(made.text.encode("utf-8", "surrogatepass")))
    return replace(made, headers={**made.headers, "content-length": length})


def under(fault: Fault, heard: dict[str, Exchange], name: str) -> set[str]:
    """Return the names of the deviations under a fault of the answer."""
    exchange = heard[name]
    answer = fault(exchange.answer)
    assert answer != altered(exchange.answer), "the fault changes nothing"
    return {each.name for each in unknown(replace(exchange, answer=answer), name)}


def text(change: Callable[[str], str]) -> Fault:
    """Return a fault of the body."""
    return lambda answer: altered(answer, text=change(answer.text))


def header(name: str, value: str | None) -> Fault:
    """Return a fault of a header field: another value, or none."""

    def fault(answer: Answer) -> Answer:
        kept = {key: each for key, each in answer.headers.items() if key != name}
        return altered(answer, headers=kept | ({} if value is None else {name: value}))

    return fault


def frames(change: Callable[[list[str]], list[str]]) -> Fault:
    """Return a fault of the events of a stream."""
    return text(lambda body: "".join(f"{each}\n\n" for each in change(_frames(body))))


def _frames(body: str) -> list[str]:
    return [each for each in body.split("\n\n") if each]


def chunk(change: Callable[[Any], object], place: int = 1) -> Fault:
    """Return a fault of one chunk of a stream."""

    def changed(events: list[str]) -> list[str]:
        body = json.loads(events[place].removeprefix("data: "))
        change(body)
        return [*events[:place], f"data: {json.dumps(body)}", *events[place + 1 :]]

    return frames(changed)


def body(change: Callable[[Any], object]) -> Fault:
    """Return a fault of a plain body that is JSON."""

    def changed(before: str) -> str:
        found = json.loads(before)
        change(found)
        return json.dumps(found)

    return text(changed)


def replaced(whole: Any) -> Fault:
    """Return the fault that puts another body in the place of a plain one."""
    return text(lambda _before: json.dumps(whole))


def becoming(whole: Any) -> Callable[[Any], object]:
    """Return the change of a body to another one."""

    def change(before: Any) -> None:
        before.clear()
        before.update(whole)

    return change


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every field of a body that has a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, child in inner:
        if isinstance(step, str) and child is not None:
            yield (*path, step)
        if isinstance(child, dict | list):
            yield from leaves(child, (*path, step))


def put(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of a body with a value at a path, or without the field."""
    made = copy.deepcopy(whole)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    if value is ABSENT:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


def retyped(value: Any) -> Any:
    """Return a value of another type that looks the same."""
    return 7 if isinstance(value, str) else str(value)


def emptied(value: Any) -> Any:
    """Return the empty value of the same type."""
    return type(value)()


def _holds_something(value: Any) -> bool:
    """Tell whether emptying a value changes more than nulls, which are as good as absent."""
    if isinstance(value, dict):
        return any(each is not None for each in value.values())
    return isinstance(value, str | list) and bool(value)


def misspelt(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, str):
        return f"{value}x"
    return value + 1 if isinstance(value, int | float) else [*value, None]


def at(whole: Any, path: tuple[str | int, ...]) -> Any:
    """Return what is at a path."""
    for step in path:
        whole = whole[step]
    return whole


def field_faults(whole: Any) -> Iterator[tuple[str, Any]]:
    """Yield every body with one field that is absent, renamed, null, retyped, emptied or other."""
    for path in leaves(whole):
        value, name = at(whole, path), ".".join(map(str, path))
        yield f"{name} absent", put(whole, path, ABSENT)
        yield f"{name} null", put(whole, path, None)
        yield f"{name} retyped", put(whole, path, retyped(value))
        yield (
            f"{name} renamed",
            put(put(whole, path, ABSENT), (*path[:-1], f"{path[-1]}_"), value),
        )
        if _holds_something(value):
            yield f"{name} emptied", put(whole, path, emptied(value))
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield f"{name} other", put(whole, path, misspelt(value))


def test_nothing_is_unknown_of_the_gateway_as_it_is(heard: dict[str, Exchange]) -> None:
    """The installed release answers as it is known to."""
    assert {name: [] for name in heard} == {
        name: [str(each) for each in unknown(exchange, name)] for name, exchange in heard.items()
    }


@pytest.mark.parametrize("name", PLAIN)
def test_a_fault_of_any_field_is_noticed(name: str, heard: dict[str, Exchange]) -> None:
    """Any field of a plain answer that is absent, null, renamed, retyped or other is unknown."""
    exchange = heard[name]
    missed = [
        fault
        for fault, whole in field_faults(json.loads(exchange.answer.text))
        if not under(replaced(whole), heard, name)
    ]

    assert [] == missed


@pytest.mark.parametrize("name", STREAMS)
def test_a_fault_of_any_field_of_a_chunk_is_noticed(name: str, heard: dict[str, Exchange]) -> None:
    """Each field of the first, second and last chunk of a stream is held to the vendor's."""
    events = _frames(heard[name].answer.text)
    missed = [
        f"{place} {fault}"
        for place in (0, 1, len(events) - 1)
        for fault, whole in field_faults(json.loads(events[place].removeprefix("data: ")))
        if not under(chunk(becoming(whole), place), heard, name)
    ]

    assert [] == missed


def said(change: Callable[[str], str]) -> Fault:
    """Return a fault of the words of a plain chat."""

    def changed(whole: Any) -> None:
        message = whole["choices"][0]["message"]
        message["content"] = change(message["content"])

    return body(changed)


def calls(change: Callable[[list[Any]], object]) -> Fault:
    """Return a fault of the calls of a plain chat."""
    return body(lambda whole: change(whole["choices"][0]["message"]["tool_calls"]))


def listed(change: Callable[[list[Any]], object]) -> Fault:
    """Return a fault of the entries of a list."""
    return body(lambda whole: change(whole["data"]))


def numbered(events: list[str]) -> list[str]:
    """Give each chunk an id of its own."""
    return [each.replace('"id":"chatcmpl-', f'"id":"{place}') for place, each in enumerate(events)]


def merged(events: list[str]) -> list[str]:
    """Join the words of the third chunk to those of the second."""
    one, other = (json.loads(each.removeprefix("data: ")) for each in events[1:3])
    one["choices"][0]["delta"]["content"] += other["choices"][0]["delta"]["content"]
    return [events[0], f"data: {json.dumps(one)}", *events[3:]]


def cut(events: list[str]) -> list[str]:
    """Send the words of the second chunk in two."""
    one = json.loads(events[2].removeprefix("data: "))
    words = one["choices"][0]["delta"]["content"]
    halves = []
    for half in (words[:1], words[1:]):
        one["choices"][0]["delta"]["content"] = half
        halves.append(f"data: {json.dumps(one)}")
    return [*events[:2], *halves, *events[3:]]


def latin(before: str) -> str:
    """Return what a reader of Latin-1 makes of UTF-8."""
    return before.encode().decode("latin-1")


def without_astral(before: str) -> str:
    """Replace every letter beyond the first plane."""
    return "".join(each if ord(each) < 0x10000 else "\ufffd" for each in before)


def rewritten(change: Callable[[Any], str]) -> Fault:
    """Return a fault of the arguments of a call, which are JSON in a text."""
    return calls(
        lambda found: found[0]["function"].update(
            arguments=change(json.loads(found[0]["function"]["arguments"]))
        )
    )


def swapped(found: list[Any], *path: str) -> None:
    """Let the first two of a list have each other's value at a path."""
    *outer, last = path
    one, other = found[:2]
    for step in outer:
        one, other = one[step], other[step]
    one[last], other[last] = other[last], one[last]


def vector(change: Callable[[list[float]], list[float]]) -> Fault:
    """Return a fault of the numbers of the first vector."""
    return listed(lambda found: found[0].update(embedding=change(found[0]["embedding"])))


def packed(change: Callable[[bytes], bytes]) -> Fault:
    """Return a fault of the bytes of the first vector."""

    def changed(found: list[Any]) -> None:
        before = base64.b64decode(found[0]["embedding"])
        found[0]["embedding"] = base64.b64encode(change(before)).decode()

    return listed(changed)


def turned(before: bytes) -> bytes:
    """Return numbers of four bytes each in the other order of bytes."""
    return b"".join(before[place : place + 4][::-1] for place in range(0, len(before), 4))


def halved(events: list[str]) -> list[str]:
    """Send one letter as two surrogates, in two chunks in the place of the second."""
    one = json.loads(events[1].removeprefix("data: "))
    halves = []
    for half in ("\ud83d", "\ude42"):
        one["choices"][0]["delta"]["content"] = half
        halves.append(f"data: {json.dumps(one)}")
    return [*events[:1], *halves, *events[2:]]


def moved(events: list[str]) -> list[str]:
    """Send the first letter of the third chunk with the second."""
    one, other = (json.loads(each.removeprefix("data: ")) for each in events[1:3])
    first, second = (each["choices"][0]["delta"] for each in (one, other))
    first["content"] += second["content"][:1]
    second["content"] = second["content"][1:]
    return [events[0], *(f"data: {json.dumps(each)}" for each in (one, other)), *events[3:]]


STREAM_FAULTS: dict[str, Fault] = {
    "an event is no JSON": frames(lambda e: [*e[:1], "data: oops", *e[1:]]),
    "an event is cut": frames(lambda e: [e[0][:-1], *e[1:]]),
    "an event is a list": frames(lambda e: [*e, "data: []"]),
    "an event is null": frames(lambda e: [*e, "data: null"]),
    "an event is empty": frames(lambda e: [*e[:1], "data: ", *e[1:]]),
    "an event is an error": frames(lambda e: [*e, 'data: {"error": {"message": "no"}}']),
    "a line is no field": frames(lambda e: ["oops", *e]),
    "the prefix is missing": frames(lambda e: [e[0].removeprefix("data: "), *e[1:]]),
    "the prefix is misspelt": frames(lambda e: [e[0].replace("data:", "date:"), *e[1:]]),
    "[DONE] is sent twice": frames(lambda e: [*e, "data: [DONE]", "data: [DONE]"]),
    "[DONE] comes first": frames(lambda e: ["data: [DONE]", *e]),
    "[DONE] is misspelt": frames(lambda e: [*e, "data: [done]"]),
    "the first chunk is missing": frames(lambda e: e[1:]),
    "the second chunk is missing": frames(lambda e: [e[0], *e[2:]]),
    "the last chunk is missing": frames(lambda e: e[:-1]),
    "a chunk is sent twice": frames(lambda e: [*e[:2], e[1], *e[2:]]),
    "the last chunk is sent twice": frames(lambda e: [*e, e[-1]]),
    "two chunks change places": frames(lambda e: [e[0], e[2], e[1], *e[3:]]),
    "all chunks come backwards": frames(lambda e: e[::-1]),
    "nothing is sent": frames(lambda _e: []),
    "the body is a plain one": text(lambda _before: "{}"),
    "events are not apart": text(lambda before: before.replace("\n\n", "\n")),
    "created changes": chunk(lambda whole: whole.update(created=1)),
    "model changes": chunk(lambda whole: whole.update(model="gpt-4o")),
    "object is that of a plain answer": chunk(lambda whole: whole.update(object="chat.completion")),
    "choices are empty": chunk(lambda whole: whole.update(choices=[])),
    "a choice is there twice": chunk(lambda whole: whole.update(choices=whole["choices"] * 2)),
    "the status is 201": lambda answer: altered(answer, status=201),
    "the status is 206": lambda answer: altered(answer, status=206),
    "the type is JSON": header("content-type", "application/json"),
    "the type is absent": header("content-type", None),
    "the charset is another": header("content-type", "text/event-stream; charset=iso-8859-1"),
}
CHAT_STREAM_FAULTS: dict[str, Fault] = {
    "ids change": frames(numbered),
    "the role is another": chunk(
        lambda whole: whole["choices"][0]["delta"].update(role="system"), place=0
    ),
    "the role is lost": chunk(lambda whole: whole["choices"][0]["delta"].pop("role"), place=0),
    "chunks are merged": frames(merged),
    "a chunk is cut": frames(cut),
    "the finish reason is another": chunk(
        lambda whole: whole["choices"][0].update(finish_reason="length"), place=-1
    ),
    "the finish reason comes too soon": chunk(
        lambda whole: whole["choices"][0].update(finish_reason="stop")
    ),
}
CALL_FAULTS: dict[str, Fault] = {
    "a call is missing": calls(lambda found: found.pop()),
    "a call is there twice": calls(lambda found: found.append(found[0])),
    "calls change places": calls(lambda found: found.reverse()),
    "arguments are an object": calls(lambda found: found[0]["function"].update(arguments={})),
    "arguments are cut": calls(lambda found: found[0]["function"].update(arguments="{")),
    "arguments are twice encoded": calls(
        lambda found: found[0]["function"].update(arguments='"{}"')
    ),
    "arguments are Latin-1": text(latin),
    "an id is that of the other call": calls(lambda found: found[0].update(id=found[1]["id"])),
    "the reason is stop": body(lambda whole: whole["choices"][0].update(finish_reason="stop")),
    "the old form of a call": body(
        lambda whole: whole["choices"][0]["message"].update(function_call={"name": "add"})
    ),
}
MORE_OF_CALLS: dict[str, Fault] = {
    "ids are those of the other call": calls(lambda found: swapped(found, "id")),
    "names are those of the other call": calls(lambda found: swapped(found, "function", "name")),
    "arguments are written with other blanks": rewritten(lambda found: json.dumps(found, indent=1)),
    "arguments have one field more": rewritten(lambda found: json.dumps(found | {"x": None})),
    "arguments lose a field": rewritten(lambda found: json.dumps(dict(list(found.items())[1:]))),
    "arguments follow twice": calls(
        lambda found: found[0]["function"].update(arguments=found[0]["function"]["arguments"] * 2)
    ),
}
HALVES: dict[str, Fault] = {
    "a letter is sent in halves": frames(halved),
    "a letter comes with the chunk before": frames(moved),
}
MORE_OF_VECTORS: dict[str, Fault] = {
    "vectors are those of the other text": listed(lambda found: swapped(found, "embedding")),
    "numbers have two digits": vector(lambda found: [round(each, 2) for each in found]),
    "numbers are in the other order": vector(lambda found: found[::-1]),
    "numbers are negated": vector(lambda found: [-each for each in found]),
    "numbers are of length 1": vector(lambda found: [each / 2 for each in found]),
    "a number is lost": vector(lambda found: found[:-1]),
}
PACKED_FAULTS: dict[str, Fault] = {
    "bytes are in the other order": packed(turned),
    "numbers are in the other order": packed(lambda before: turned(before)[::-1]),
    "a number is lost": packed(lambda before: before[:-4]),
    "numbers are there twice": packed(lambda before: before * 2),
    "base64 is that of URLs": listed(
        lambda found: found[0].update(embedding=found[0]["embedding"].translate(FOR_URLS))
    ),
}
FRAGMENT_FAULTS: dict[str, Fault] = {
    "an index skips": text(lambda before: before.replace('"index":1', '"index":2')),
    "an index is always 0": text(lambda before: before.replace('"index":1', '"index":0')),
    "a fragment is missing": frames(lambda e: [*e[:3], *e[4:]]),
    "two fragments change places": frames(lambda e: [*e[:4], e[5], e[4], *e[6:]]),
    "an id is lost": text(lambda before: before.replace('"id":"call_', '"_id":"call_', 1)),
    "a name is sent again": chunk(
        lambda whole: whole["choices"][0]["delta"]["tool_calls"][0]["function"].update(name="add"),
        place=3,
    ),
    "fragments are Latin-1": text(latin),
}
PLAIN_FAULTS: dict[str, Fault] = {
    "the body is cut": text(lambda before: before[:-1]),
    "the body is empty": text(lambda _before: ""),
    "the body is a list": text(lambda before: f"[{before}]"),
    "the body is a text": text(json.dumps),
    "the body is a stream": text(lambda before: f"data: {before}\n\n"),
    "the status is 201": lambda answer: altered(answer, status=201),
    "the status is 203": lambda answer: altered(answer, status=203),
    "the status is 204": lambda answer: altered(answer, status=204),
    "the status is 301": lambda answer: altered(answer, status=301),
    "the status is 500": lambda answer: altered(answer, status=500),
    "the type is text": header("content-type", "text/plain"),
    "the type is a stream": header("content-type", "text/event-stream"),
    "the type is absent": header("content-type", None),
    "the charset is another": header("content-type", "application/json; charset=iso-8859-1"),
}
WORD_FAULTS: dict[str, Fault] = {
    "words are Latin-1": said(latin),
    "words are ASCII": said(lambda before: before.encode("ascii", "replace").decode()),
    "words lose the planes beyond the first": said(without_astral),
    "words are stripped of a letter": said(lambda before: before.replace("漢", "")),
    "words are decomposed": said(lambda before: unicodedata.normalize("NFD", before)),
    "words are composed": said(lambda before: before.replace("\u200d", "")),
    "words end with a space": said(lambda before: f"{before} "),
    "words are escaped twice": said(json.dumps),
    "words are empty": said(lambda _before: ""),
}
USAGE_FAULTS: dict[str, Fault] = {
    "a total is too high": body(lambda whole: whole["usage"].update(total_tokens=999)),
    "parts are swapped": body(
        lambda whole: whole["usage"].update(
            prompt_tokens=whole["usage"]["completion_tokens"],
            completion_tokens=whole["usage"]["prompt_tokens"],
        )
    ),
    "the total has an exponent": text(
        lambda before: before.replace('"total_tokens":', '"total_tokens":1e0,"x":')
    ),
    "a number is negative": body(lambda whole: whole["usage"].update(prompt_tokens=-1)),
    "a number has a fraction": body(lambda whole: whole["usage"].update(prompt_tokens=1.0)),
    "a number is true": body(lambda whole: whole["usage"].update(prompt_tokens=True)),
}
CHOICE_FAULTS: dict[str, Fault] = {
    "a choice is missing": body(lambda whole: whole["choices"].pop()),
    "a choice is there twice": body(lambda whole: whole["choices"].append(whole["choices"][0])),
    "choices change places": body(lambda whole: whole["choices"].reverse()),
    "choices are numbered from 1": body(
        lambda whole: [each.update(index=each["index"] + 1) for each in whole["choices"]]
    ),
    "no choice is left": body(lambda whole: whole["choices"].clear()),
}
VECTOR_FAULTS: dict[str, Fault] = {
    "a vector is missing": listed(lambda found: found.pop()),
    "vectors change places": listed(lambda found: found.reverse()),
    "a vector is there twice": listed(lambda found: found.append(found[0])),
    "numbers are rounded": listed(lambda found: found[0].update(embedding=[1.0])),
    "numbers are text": listed(
        lambda found: found[0].update(embedding=[str(each) for each in found[0]["embedding"]])
    ),
    "a number is null": listed(lambda found: found[0]["embedding"].append(None)),
    "a vector is empty": listed(lambda found: found[0].update(embedding=[])),
    "a vector is base64": listed(lambda found: found[0].update(embedding="AAAAAA==")),
}
BASE64_FAULTS: dict[str, Fault] = {
    "a vector is floats": listed(lambda found: found[0].update(embedding=[0.5])),
    "a vector is no base64": listed(lambda found: found[0].update(embedding="***")),
    "a vector is cut": listed(lambda found: found[0].update(embedding="AAA=")),
}
LIST_FAULTS: dict[str, Fault] = {
    "a model is there twice": listed(lambda found: found.append(found[0])),
    "an id is null": listed(lambda found: found[0].update(id=None)),
    "an id is lost": listed(lambda found: found[0].pop("id")),
    "an object is another": listed(lambda found: found[0].update(object="list")),
    "a time is text": listed(lambda found: found[0].update(created="now")),
    "a time has a fraction": listed(lambda found: found[0].update(created=1.5)),
    "an owner is lost": listed(lambda found: found[0].pop("owned_by")),
    "the data are an object": body(lambda whole: whole.update(data={})),
    "the data are lost": body(lambda whole: whole.pop("data")),
    "the object is another": body(lambda whole: whole.update(object="models")),
    "an entry is text": listed(lambda found: found.append("gpt")),
}
ERROR_FAULTS: dict[str, Fault] = {
    "the error is text": text(lambda _before: '{"error": "no"}'),
    "the error is in a list": text(lambda before: f"[{before}]"),
    "the error is lost": text(lambda _before: "{}"),
    "the error is null": text(lambda _before: '{"error": null}'),
    "the message is null": text(lambda _before: '{"error": {"message": null, "type": "x"}}'),
    "the message is lost": text(lambda _before: '{"error": {"type": "x"}}'),
    "the body is a page": text(lambda _before: "<h1>no</h1>"),
    "the body is empty": text(lambda _before: ""),
    "the type is text": header("content-type", "text/plain"),
    "the charset is another": header("content-type", "application/json; charset=utf-16"),
    "the status is 418": lambda answer: altered(answer, status=418),
}
HEADER_FAULTS: dict[str, Fault] = {
    "its date is of another day": header("date", "Thu, 01 Jan 2015 00:00:00 GMT"),
    "its date is none": header("date", "yesterday"),
    "the length is there twice": header("content-length", "3, 3"),
    "the length is another": header("content-length", "3"),
    "the body is said to be compressed": header("content-encoding", "br"),
    "a cookie is set": header("set-cookie", "__cf_bm=abc; HttpOnly"),
    "anybody may keep it": header("cache-control", "public, max-age=3600"),
    "what is stale may be given": header("cache-control", "max-age=0, stale-while-revalidate=9"),
    "what is stale stands for errors": header("cache-control", "max-age=0, stale-if-error=9"),
    "one field of it is private": header("cache-control", 'private="date", max-age=3600'),
    "a proxy drops its type": header("connection", "close, content-type"),
    "it is a file": header("content-disposition", "attachment"),
    "it links elsewhere": header("content-location", "/v1/chats/1"),
}
OWN_HEADER_FAULTS: dict[str, Fault] = {
    "it asks to be tried again": header("x-should-retry", "true"),
    "it says when to try again": header("retry-after-ms", "1"),
    "a date lets anybody keep it": header("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
    "it comes from a cache": header("age", "100"),
    "it has a date of its own": header("last-modified", "Thu, 01 Jan 2015 00:00:00 GMT"),
    "it is elsewhere, too": header("alt-svc", 'h3=":443"'),
    "it is deprecated": header("deprecation", "@1688169599"),
    "it clears the site": header("clear-site-data", '"*"'),
    "it upgrades": header("upgrade", "h2c"),
    "the caller's key comes back": header("authorization", "Bearer sk-key"),
    "the provider data come back": header("x-llamastack-provider-data", "{}"),
    "another site may read it": header("access-control-allow-origin", "*"),
    "an old cookie is set": header("set-cookie2", "a=b"),
    "two lengths are given": header("transfer-encoding", "chunked"),
    "the transfer is compressed": header("transfer-encoding", "gzip, chunked"),
    "the type is there twice": header("content-type", "application/json, application/json"),
    "the type is that of a problem": header("content-type", "application/problem+json"),
}
# What other paths are typed as is theirs.
OTHER_HEADER_FAULTS = {
    name: fault for name, fault in OWN_HEADER_FAULTS.items() if not name.startswith("the type ")
}
REFUSAL_FAULTS: dict[str, Fault] = {
    "it asks for patience": header("retry-after", "3600"),
    "it asks for a login": header("www-authenticate", "Basic"),
    "it redirects": header("location", "/"),
}
COMPRESSED: dict[str, Fault] = {
    "the transfer is compressed": header("transfer-encoding", "gzip, chunked")
}
SUCCESS_FAULTS: dict[str, Fault] = {
    "it redirects": header("location", "/"),
    "it asks for a login": header("www-authenticate", "Basic"),
    "it asks for patience": header("retry-after", "1"),
}
COMPARED_FAULTS: dict[str, Fault] = {
    "the vendor's request id comes back": lambda answer: altered(
        answer, headers={**answer.headers, "openai-organization": "standin-organization"}
    ),
    "another request id comes back": header("x-request-id", "1"),
    "any page may read it": header("access-control-allow-origin", "https://example.com"),
    "it has a tag": header("etag", "x"),
}
JSON_FAULTS: dict[str, Fault] = {
    "a field is there twice": text(lambda before: before.replace("{", '{"id":"x","id":"y",', 1)),
    "the last of two fields is right": text(
        lambda before: re.sub(r'"(\w+)":', r'"\1":0,"\1":', before, count=1)
    ),
    "a number is NaN": text(lambda before: before.replace("{", '{"x":NaN,', 1)),
    "a mark of byte order comes first": text(lambda before: f"\ufeff{before}"),
    "it is there twice": text(lambda before: before * 2),
    "a letter is half": text(lambda before: before.replace('":"', r'":"\ud83d', 1)),
    "a letter's halves change places": text(
        lambda before: before.replace('":"', r'":"\uDE42\uD83D', 1)
    ),
    "it is nested too deep": text(lambda _before: "[" * 100_000 + "]" * 100_000),
    "a guard comes first": text(lambda before: f")]}}'\n{before}"),
}
FRAMING_FAULTS: dict[str, Fault] = {
    "a blank follows [DONE]": frames(lambda e: [*e, "data: [DONE] "]),
    "a mark of byte order comes first": text(lambda before: f"\ufeff{before}"),
    "a zero follows": text(lambda before: f"{before}\0"),
    "an event has no data": frames(lambda e: ["event: ping", *e]),
    "a field has no value": frames(lambda e: ["data", *e]),
    "a field is in capitals": frames(lambda e: [e[0].replace("data:", "DATA:"), *e[1:]]),
    "events have a name": frames(lambda e: [f"event: chunk\n{each}" for each in e]),
    "the last event is called error": frames(lambda e: [*e[:-1], f"event: error\n{e[-1]}"]),
    "events have an id": frames(lambda e: [f"id: {n}\n{each}" for n, each in enumerate(e)]),
    "a time to try again is set": frames(lambda e: ["retry: 10", *e]),
    "a flood of comments comes": frames(lambda e: [": ping"] * 500 + e),
    "a comment stands in an event": frames(lambda e: [f": ping\n{e[0]}", *e[1:]]),
    "no blank stands after the colon": frames(lambda e: [e[0].replace(": ", ":", 1), *e[1:]]),
    "two blanks stand after the colon": frames(lambda e: [e[0].replace(": ", ":  ", 1), *e[1:]]),
    "an event has two lines": frames(lambda e: [e[0].replace(',"', ',\ndata: "', 1), *e[1:]]),
    "lines end with CRLF": text(lambda before: before.replace("\n", "\r\n")),
    "lines end with CR": text(lambda before: before.replace("\n", "\r")),
    "times are in milliseconds": text(
        lambda before: before.replace('"created":1767225600', '"created":1767225600000')
    ),
}
TIME_FAULTS: dict[str, Fault] = {
    "times are in milliseconds": listed(
        lambda found: [each.update(created=each["created"] * 1000) for each in found]
    ),
    "times are 0": listed(lambda found: [each.update(created=0) for each in found]),
    "times are of the future": listed(lambda found: [each.update(created=2**32) for each in found]),
    "an entry says more": listed(lambda found: found[0].update(api_key="x")),
    "an entry says nothing more": listed(lambda found: found[0].update(display_name=None)),
    "the list has pages": body(lambda whole: whole.update(has_more=True)),
}
MORE_OF_ERRORS: dict[str, Fault] = {
    "an error says more": body(
        lambda whole: whole.get("error", whole).update(stack="Traceback (most recent call last)")
    ),
    "a choice stands beside the error": body(lambda whole: whole.update(choices=[])),
}
RELAYED_FAULTS: dict[str, Fault] = {
    "it asks to be tried again": header("x-should-retry", "true"),
    "it says when to try again": header("retry-after-ms", "3600000"),
    "any page may read it": header("access-control-allow-origin", "*"),
    "the caller's key comes back": header("authorization", "Bearer sk-key"),
    "a proxy drops its type": header("connection", "content-type"),
    "the type is text": header("content-type", "text/plain"),
    "a letter is half": text(lambda before: before.replace('":"', r'":"\ud83d', 1)),
}
FAULTS: dict[str, tuple[tuple[str, ...], dict[str, Fault]]] = {
    "stream": (STREAMS, STREAM_FAULTS),
    "chat stream": (("streamed", "streamed-structured"), CHAT_STREAM_FAULTS),
    "calls": (("calls",), CALL_FAULTS),
    "more of calls": (("calls",), MORE_OF_CALLS),
    "halves": (("streamed",), HALVES),
    "more of vectors": (("embeddings",), MORE_OF_VECTORS),
    "packed": (("base64",), PACKED_FAULTS),
    "fragments": (("streamed-calls",), FRAGMENT_FAULTS),
    "plain": ((*PLAIN, "models"), PLAIN_FAULTS),
    "words": (("structured",), WORD_FAULTS),
    "usage": (("plain", "calls", "completion"), USAGE_FAULTS),
    "choices": (("several",), CHOICE_FAULTS),
    "vectors": (("embeddings",), VECTOR_FAULTS),
    "base64": (("base64",), BASE64_FAULTS),
    "models": (("models",), LIST_FAULTS),
    "errors": (ERRORS, ERROR_FAULTS),
    "headers": (("plain", "streamed", "embeddings", "models", *ERRORS), HEADER_FAULTS),
    "headers of its own": (("models", *ERRORS), OWN_HEADER_FAULTS),
    "headers of refusals": (ERRORS, REFUSAL_FAULTS),
    "transfer": (("plain", "streamed"), COMPRESSED),
    "headers of success": (("plain", "streamed", "models"), SUCCESS_FAULTS),
    "headers beside the vendor's": (("plain", "streamed", "embeddings"), COMPARED_FAULTS),
    "json": (("plain", "calls", "embeddings", "models", *ERRORS[:2]), JSON_FAULTS),
    "framing": (("streamed", "streamed-calls", "streamed-completion"), FRAMING_FAULTS),
    "times": (("models",), TIME_FAULTS),
    "more of errors": (ERRORS, MORE_OF_ERRORS),
    "relayed refusals": (("relayed",), RELAYED_FAULTS),
    "headers of other paths": (("providers",), OTHER_HEADER_FAULTS),
    "refusals": (ERRORS[:2], {"the status is 200": lambda answer: altered(answer, status=200)}),
}
CASES = [
    (group, fault, name)
    for group, (names, faults) in FAULTS.items()
    for fault in faults
    for name in names
]


@pytest.mark.parametrize(("group", "fault", "name"), CASES, ids=map(" ".join, CASES))
def test_a_fault_is_noticed(group: str, fault: str, name: str, heard: dict[str, Exchange]) -> None:
    """Under a fault, the answer deviates in what the installed release is not known for."""
    assert under(FAULTS[group][1][fault], heard, name)


@pytest.mark.parametrize("name", ["plain", "streamed", "completion", "embeddings"])
def test_an_answer_that_no_vendor_gave_is_made_up(name: str, heard: dict[str, Exchange]) -> None:
    """An answer is a vendor's of now: one from a cache, or of another caller, is not."""
    kept = replace(heard[name], vendors=())
    refused = frames(lambda _events: ['data: {"error": {"message": "no"}}'])(kept.answer)

    assert heard[name].followed
    assert "made-up" in {each.name for each in kept.added}
    assert "made-up" not in {each.name for each in heard[name].added}
    if name == "streamed":
        assert "made-up" not in {each.name for each in replace(kept, answer=refused).added}


@pytest.mark.parametrize("name", ["plain", "streamed"])
def test_among_answers_to_other_callers_its_own_is_known(
    name: str, heard: dict[str, Exchange]
) -> None:
    """What other callers got meanwhile hides no fault: an answer is held to that with its id."""
    own = heard[name]
    other = altered(own.vendors[0], text=own.vendors[0].text.replace("chatcmpl-", "chatcmpl-0"))
    crowd = replace(own, vendors=(other, *own.vendors, other))
    more = altered(own.answer, text=own.answer.text.replace('"stop"', '"length"'))

    assert [] == unknown(crowd, name)
    assert {"changed"} == {each.name for each in unknown(replace(crowd, answer=more), name)}


@pytest.mark.parametrize(
    ("field", "name"), [("cache-control", "cacheable"), ("set-cookie", "cookie")]
)
def test_answers_of_other_paths_have_no_such_fields(field: str, name: str) -> None:
    """What another path answers is nothing for a shared cache, and sets no cookie."""
    answer = Said(200, {"content-type": "application/json", field: "public, max-age=9"}, "{}")
    read = Exchange(Asked("GET", "/v1/providers"), answer)
    sent_on = replace(read, answer=replace(answer, status=307))

    assert [name] == [each.name for each in read.added]
    assert () == sent_on.added


async def _in_two_pieces(_scope: object, _receive: object, send: Callable[..., Any]) -> None:
    """Answer as an ASGI app does, in two pieces."""
    head = [(b"Content-Type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    for piece in (b"data: {}\n", b"\n"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})


@pytest.mark.parametrize("to_its_end", [True, False])
def test_a_stream_read_piece_by_piece_is_held_to_the_contract(*, to_its_end: bool) -> None:
    """It is noted as a whole once it was read to its end, and not if its caller left."""
    wire = Wire()

    async def read() -> None:
        request = httpx.Request("POST", "http://gateway.test/v1/chat/completions", json={})
        async with aclosing(streaming.pieces(_in_two_pieces, request, wire.asking())) as stream:
            async for _piece in stream:
                if not to_its_end:
                    break

    asyncio.run(read())

    assert [each.answer.text for each in wire.exchanges] == ["data: {}\n\n"] * to_its_end
    assert all(list(each.deviations()) for each in wire.exchanges)


@pytest.fixture
def server(stand_ins: StandIns) -> Server:
    """A server of which nothing is asked but answers: here a stand-in's own."""
    url = stand_ins.base["openai"]
    return Server(MagicMock(), url, "X-Provider-Data", stand_ins, Wire())


def test_what_a_process_answers_is_held_to_the_contract(server: Server) -> None:
    """Each answer of a server is noted, beside the vendor's that came meanwhile."""

    async def ask() -> None:
        await server.send({})
        async with server.lines({}) as lines:
            assert [line async for line in lines]

    asyncio.run(ask())

    asked = [each.asked.kind for each in server.wire.exchanges]
    assert asked == ["chat", "chat-stream"]
    for each in server.wire.exchanges:
        assert [vendor.text for vendor in each.vendors] == [each.answer.text]
        # A stand-in answers on one day.
        assert {"date"} == {added.name for added in each.added}


def test_what_the_vendor_deviates_in_when_it_is_asked_itself_is_the_vendors(
    heard: dict[str, Exchange],
) -> None:
    """Of an answer apart only names and places count: words, ids and numbers are its own."""
    found = heard["plain"]
    text = found.answer.text.replace('"chat.completion"', '"chat"')
    odd = Said(found.answer.status, found.answer.headers, text)
    alone = replace(found, answer=odd, vendors=())
    beside = replace(alone, apart=(odd,))
    other = replace(alone, apart=(found.answer,))

    assert "object" in {each.name for each in alone.added}
    assert (alone.whose, beside.whose) == ("vendor or gateway", "gateway")
    assert "object" not in {each.name for each in beside.added}
    assert "object" in {each.name for each in other.added}
    assert beside.told().startswith("vendor: ")
