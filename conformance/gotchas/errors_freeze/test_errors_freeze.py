"""One failed request keeps the server from answering anybody while it draws a traceback."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="errors-freeze",
    happens="each failed request makes the server draw a traceback with all local variables, for "
    "seconds, while every other caller waits",
    why="one caller with a wrong key, without any key, or with a field that the SDK does not know "
    "stops the gateway for all",
    example="curl http://gateway:8321/v1/chat/completions -d '{…, \"unheard_of\": 1}'",
    instead="start the server with `LLAMA_STACK_LOG_FORMAT=json` and without a log file; a higher "
    "log level does not help",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    bites=frozenset({"freezes"}),
    decided_by=("log:setup_logging",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

TURNS = 2
# Of processor time. A traceback without local variables takes 0.5 to 1.3 on 0.5.1, 1.1 to 1.9 on
# 0.5.3; with them 2.2 to 4.8 on 0.7.0.
FREEZES_S = 1.5
WRONG = "sk-proj-q7Lw2ZkT9vXe4RnB8yHs3MdC6uJf1PgA5oKiVtWxEzQhNrYb"
RESULTS = {
    "freezes": "the thread that serves everybody works for a second and a half or more",
    "quick": "it works for less than that",
}


async def result(server, data, **fields):
    """Return the outcome and its evidence: processor time, as on the machine of reference.

    What else a machine does can make a traceback dearer and never cheaper, so the cheapest counts.
    """
    for turn in range(TURNS):
        own = {"user": f"turn {turn}"} if turn else {}
        exchange = await server.chat(data, **fields, **own)
        if exchange.processor_s < FREEZES_S:
            break
    outcome = "freezes" if exchange.processor_s >= FREEZES_S else "quick"
    return outcome, f"{exchange.processor_s:.1f} s of processor time; {exchange.answer}"


@outcomes(**RESULTS)
async def test_wrong_key(serve, observed):
    """A chat with a key that the vendor refuses."""
    server = await serve()
    observed(*await result(server, server.data(WRONG)))


@outcomes(**RESULTS)
async def test_without_a_key(serve, observed):
    """A chat without the header that brings the key."""
    server = await serve()
    observed(*await result(server, None))


@outcomes(**RESULTS)
async def test_unknown_field(serve, observed, stand_in_key):
    """A chat with a field that the SDK inside the stack does not know."""
    server = await serve()
    observed(*await result(server, server.data(stand_in_key), unheard_of=1))


@outcomes(**RESULTS)
async def test_json_format(serve, observed):
    """The chat with a wrong key, on a server with `LOG_FORMAT=json` and without a log file."""
    server = await serve(LOG_FORMAT="json", LOG_FILE="")
    observed(*await result(server, server.data(WRONG)))


@outcomes(**RESULTS)
async def test_json_format_and_log_file(serve, observed):
    """The same with a log file."""
    server = await serve(LOG_FORMAT="json")
    observed(*await result(server, server.data(WRONG)))


@outcomes(**RESULTS)
async def test_level_critical(serve, observed):
    """The chat with a wrong key, on a server with `LOGGING=all=critical`."""
    server = await serve(LOGGING="all=critical")
    data = {"passthrough_api_key": WRONG, "passthrough_url": server.vendor}
    observed(*await result(server, data))
