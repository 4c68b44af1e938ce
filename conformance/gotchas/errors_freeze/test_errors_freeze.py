"""One failed request keeps the server from answering anybody while it draws a traceback."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack.tracebacks import OUTCOMES, tracebacks

GOTCHA = Gotcha(
    slug="errors-freeze",
    happens="each failed request has the server draw a traceback, since 0.7.0 with all local "
    "variables, while every caller waits",
    why="one caller with a wrong key, without any key, or with a field that the SDK does not know "
    "stops the gateway for all: for 0.1 to 2 seconds of processor time, with local variables for 1 "
    "to 14; the checks judge by what is drawn, and the evidence says how long it took here",
    example="curl http://gateway:8321/v1/chat/completions -d '{…, \"unheard_of\": 1}'",
    instead="before 0.7.0 start the server with `LLAMA_STACK_LOGGING=all=critical`; from 0.7.0 on "
    "with `LLAMA_STACK_LOG_FORMAT=json` and without a log file, for the level no longer helps",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    bites=frozenset({"with-locals", "drawn"}),
    worst=frozenset({"with-locals"}),
    decided_by=("log:setup_logging",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

WRONG = "sk-proj-q7Lw2ZkT9vXe4RnB8yHs3MdC6uJf1PgA5oKiVtWxEzQhNrYb"


def result(exchange):
    """Return the outcome and its evidence: what is drawn and how long that takes.

    Raises `CouldNotObserveError` if the request did not fail.
    """
    if exchange.answer is None or exchange.answer.status < 400:
        raise CouldNotObserveError(f"the chat did not fail: {exchange.answer}")
    found = tracebacks(exchange.console + exchange.log)
    seconds = f"{exchange.processor_s:.1f} s of processor time"
    return found.outcome, f"{found}; {seconds}; {exchange.answer}"


@outcomes(**OUTCOMES)
async def test_wrong_key(serve, observed):
    """A chat with a key that the vendor refuses."""
    server = await serve()
    observed(*result(await server.chat(server.data(WRONG))))


@outcomes(**OUTCOMES)
async def test_without_a_key(serve, observed):
    """A chat without the header that brings the key."""
    server = await serve()
    observed(*result(await server.chat(None)))


@outcomes(**OUTCOMES)
async def test_unknown_field(serve, observed, stand_in_key):
    """A chat with a field that the SDK inside the stack does not know."""
    server = await serve()
    observed(*result(await server.chat(server.data(stand_in_key), unheard_of=1)))


@outcomes(**OUTCOMES)
async def test_json_format(serve, observed):
    """The chat with a wrong key, on a server with `LOG_FORMAT=json` and without a log file."""
    server = await serve(LOG_FORMAT="json", LOG_FILE="")
    observed(*result(await server.chat(server.data(WRONG))))


@outcomes(**OUTCOMES)
async def test_json_format_and_log_file(serve, observed):
    """The same with a log file."""
    server = await serve(LOG_FORMAT="json")
    observed(*result(await server.chat(server.data(WRONG))))


@outcomes(**OUTCOMES)
async def test_level_critical(serve, observed):
    """The chat with a wrong key, on a server with `LOGGING=all=critical`."""
    server = await serve(LOGGING="all=critical")
    data = {"passthrough_api_key": WRONG, "passthrough_url": server.vendor}
    observed(*result(await server.chat(data)))
