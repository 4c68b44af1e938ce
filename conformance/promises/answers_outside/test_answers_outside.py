"""What any OpenAI-compatible gateway answers has the form that clients read."""

import json

import pytest

from conformance.contract import error, model_list
from conformance.contract.deviation import CONTRACT
from conformance.contract.names import SENTENCES
from conformance.core.model import CouldNotObserveError, Promise, outcomes

CLASSES = {2: "success", 3: "redirect", 4: "rejection", 5: "failure"}

PROMISE = Promise(
    slug="answers-outside",
    requires="The gateway MUST answer with the fields, types and content types of OpenAI's API: "
    "for its models, for errors, for chats, and for every event of a stream.",
    instead="let clients take what is missing from elsewhere, and read errors as text",
    documented="found by this suite",
    bites=frozenset({*CLASSES.values(), "several", *SENTENCES}),
    decided_by=("core.server.server:translate_exception", "core.server.server:sse_generator"),
)
pytestmark = pytest.mark.needs("remote::passthrough")

RESULTS = {
    "conforms": "it has the form of OpenAI's",
    "success": "another success than is due: a 200 for what does not exist, for example",
    "redirect": "a redirect",
    "rejection": "another 4xx than is due",
    "failure": "a 500 or above",
    "several": "it deviates in several ways",
    **{name.replace("-", "_"): sentence for name, sentence in SENTENCES.items()},
}


def outcome(answer, status, found):
    """Return the outcome for an answer that should have a status, and for its deviations."""
    names = {each.name for each in found if each.layer == CONTRACT}
    if answer.status != status:
        if answer.status // 100 not in CLASSES:
            raise CouldNotObserveError(f"no status of an answer: {answer}")
        return CLASSES[answer.status // 100]
    return "several" if len(names) > 1 else min(names, default="conforms")


def of_gateway(wire):
    """Return what the last answer deviates in, without what its vendor's answer does, too."""
    return [each for each in wire.exchanges[-1].added if each.layer == CONTRACT]


def shown(answer, found):
    """Return what a person wants to see of an answer: its deviations, and its beginning."""
    deviations = "; ".join(map(str, found)) or "no deviation"
    kind = answer.headers.get("content-type")
    return f"{deviations}; HTTP {answer.status} {kind} {json.dumps(answer.text)}"


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_models(gateway, observed):
    """`GET /v1/models`."""
    answer = await gateway.models()
    found = model_list.deviations(answer)
    observed(outcome(answer, 200, found), shown(answer, found))


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_model(gateway, observed):
    """`GET` of a model that does not exist."""
    answer = await gateway.request("GET", "/v1/models/no-such-model")
    found = error.deviations(answer)
    observed(outcome(answer, 404, found), shown(answer, found))


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_path(gateway, observed):
    """`GET` of a path that does not exist."""
    answer = await gateway.request("GET", "/v1/no-such-path")
    found = error.deviations(answer)
    observed(outcome(answer, 404, found), shown(answer, found))


@pytest.mark.for_server(chats=1, answered=True, compared=True, any_gateway=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_chat(gateway, observed, provider_data, route):
    """One chat."""
    answer = await gateway.chat(route.model, data=provider_data(route))
    found = of_gateway(observed.wire)
    observed(outcome(answer, 200, found), shown(answer, found))


@pytest.mark.for_server(chats=1, answered=True, compared=True, any_gateway=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_stream(gateway, observed, provider_data, route):
    """One streamed chat."""
    answer = await gateway.chat(route.model, data=provider_data(route), stream=True)
    found = of_gateway(observed.wire)
    observed(outcome(answer, 200, found), shown(answer, found))
