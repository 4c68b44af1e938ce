"""A failed chat leaves the caller's key and prompt in what the server prints and logs."""

import re

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="logged-keys",
    happens="a failed chat leaves prompt or key in the log file; an odd key is on the console, too",
    why="the file has what people ask and keys to ask with, in tracebacks with local variables or "
    "in a complaint about the provider data, whatever its format; a key that was read from a file "
    "with its line end, or pasted with a blank, is on the console as well",
    example="LLAMA_STACK_LOG_FILE=server.log llama stack run run.yaml",
    instead="leave `LLAMA_STACK_LOG_FILE` unset, strip keys before they are sent, and treat the "
    "console's text as secret",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY, Exposed.TEXT}),
    bites=frozenset({"whole-key", "piece-of-key", "prompt"}),
    worst=frozenset({"whole-key"}),
    decided_by=("log:setup_logging",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

KEY = "sk-proj-q7Lw2ZkT9vXe4RnB8yHs3MdC6uJf1PgA5oKiVtWxEzQhNrYb"
WORDS = "PROMPTpromptPROMPT"
PIECE, PREFIX = 8, 8  # the prefix is on every key of the vendor
PLACES = ("console", "log")
FORMS = {"plain": {}, "json": {"LOG_FORMAT": "json"}}
# What a terminal adds: colours, line ends, and the frames around a traceback.
DRAWN = re.compile(r"\x1b\[[0-9;]*m|[\s│╭╮╰╯─❱]")
RESULTS = {
    "whole_key": "the key is there, whole",
    "piece_of_key": "eight or more characters of the key are there, behind its prefix",
    "nothing": "no piece of the key is there",
}
# Ways in which a caller's key can be slightly wrong.
ODD = {
    "line-end": f"{KEY}\n",
    "not-ascii": f"{KEY}é",
    "in-a-list": [KEY],
    "in-an-object": {"key": KEY},
    "blanks-around": f" {KEY} ",
    "number": 91827364558291736450,
}
each_place = pytest.mark.parametrize("place", PLACES)
each_form = pytest.mark.parametrize("form", FORMS)


def result(exchange, place, key=KEY):
    """Return the outcome and its evidence, which says how much was written and never what."""
    text = DRAWN.sub("", getattr(exchange, place))
    secret = key[PREFIX:]
    pieces = (secret[start : start + PIECE] for start in range(len(secret) - PIECE + 1))
    outcome = "piece-of-key" if any(piece in text for piece in pieces) else "nothing"
    status = exchange.answer and exchange.answer.status
    return ("whole-key" if key in text else outcome), (
        f"{text.count(key)} times the whole key in {len(text)} characters; HTTP {status}"
    )


@each_form
@each_place
@outcomes(**RESULTS)
async def test_failed_chat(serve, observed, place, form):
    """A chat with the URL, then the key, which the vendor refuses."""
    server = await serve(**FORMS[form])
    observed(*result(await server.chat(server.data(KEY)), place))


@each_form
@each_place
@outcomes(**RESULTS)
async def test_failed_chat_key_first(serve, observed, place, form):
    """The same with the key first."""
    server = await serve(**FORMS[form])
    data = {"passthrough_api_key": KEY, "passthrough_url": server.vendor}
    observed(*result(await server.chat(data), place))


@each_place
@outcomes(**RESULTS)
async def test_key_alone(serve, observed, place):
    """A chat with the key and without the URL, on a server with `LOG_FORMAT=json`."""
    server = await serve(**FORMS["json"])
    observed(*result(await server.chat({"passthrough_api_key": KEY}), place))


@each_form
@each_place
@outcomes(**RESULTS)
async def test_misspelt_field(serve, observed, place, form):
    """A chat with the URL, then the key in a field of another name."""
    server = await serve(**FORMS[form])
    data = {"passthrough_url": server.vendor, "api_key": KEY}
    observed(*result(await server.chat(data), place))


@each_place
@outcomes(**RESULTS)
async def test_misspelt_field_first(serve, observed, place):
    """The same with the key first, on a server with `LOG_FORMAT=json`."""
    server = await serve(**FORMS["json"])
    data = {"api_key": KEY, "passthrough_url": server.vendor}
    observed(*result(await server.chat(data), place))


@each_place
@outcomes(**RESULTS)
async def test_level_critical(serve, observed, place):
    """The failed chat with the key first, on a server with `LOGGING=all=critical`."""
    server = await serve(LOGGING="all=critical")
    data = {"passthrough_api_key": KEY, "passthrough_url": server.vendor}
    observed(*result(await server.chat(data), place))


@each_place
@outcomes(**RESULTS)
async def test_core_critical(serve, observed, place):
    """A chat with the key and without the URL, on a server with `LOGGING=core=critical`."""
    server = await serve(LOGGING="core=critical")
    observed(*result(await server.chat({"passthrough_api_key": KEY}), place))


@each_place
@outcomes(**RESULTS)
async def test_level_debug(serve, observed, place):
    """The same with `LOGGING=all=debug` and `LOG_FORMAT=json`."""
    server = await serve(LOGGING="all=debug", **FORMS["json"])
    data = {"passthrough_api_key": KEY, "passthrough_url": server.vendor}
    observed(*result(await server.chat(data), place))


async def odd(server, kind, place):
    """Return the outcome and the evidence for a chat with the URL and a key in an odd form."""
    key = ODD[kind]
    exchange = await server.chat({"passthrough_url": server.vendor, "passthrough_api_key": key})
    return result(exchange, place, KEY if KEY in str(key) else str(key))


@each_place
@pytest.mark.parametrize("kind", ODD)
@outcomes(**RESULTS)
async def test_odd_key(serve, observed, kind, place):
    """A chat with the URL and a key in an odd form, on a server with `LOG_FORMAT=json`."""
    observed(*await odd(await serve(**FORMS["json"]), kind, place))


@each_place
@pytest.mark.parametrize("kind", ODD)
@outcomes(**RESULTS)
async def test_plain_odd_key(serve, observed, kind, place):
    """The same on a server with the plain format."""
    observed(*await odd(await serve(**FORMS["plain"]), kind, place))


@each_form
@each_place
@outcomes(prompt="the prompt is there", nothing="the prompt is not there")
async def test_prompt(serve, observed, place, form):
    """The caller's words, after the failed chat."""
    server = await serve(**FORMS[form])
    exchange = await server.chat(server.data(KEY))
    text = DRAWN.sub("", getattr(exchange, place))
    found = text.count(WORDS)
    observed("prompt" if found else "nothing", f"{found} times in {len(text)} characters")
