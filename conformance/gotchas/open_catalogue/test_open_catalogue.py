"""Any caller can take models out of the catalogue, put others in, and so stop the next start."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="open-catalogue",
    happens="`POST` and `DELETE` on `/v1/models` need no key: anyone can hide a model from all "
    "callers or add one",
    why="one stranger's request decides what all callers see, for good; a replaced entry stops "
    "the next start with `already exists`",
    example="curl -X DELETE http://gateway:8321/v1/models/openai/gpt-4o",
    instead="pass only `GET` on `/v1/models` in front of the gateway, or require a token with "
    "`server.auth`",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    bites=frozenset({"listed", "hidden", "still-listed", "start-fails", "strangers-entry"}),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.register_model",
        "core.routing_tables.models:ModelsRoutingTable.unregister_model",
        "core.routing_tables.models:ModelsRoutingTable.openai_list_models",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

THEIRS = {"tier": "strangers"}


def strangers(route):
    """Return the identifier of a model that no config registers."""
    return f"{route.provider}/strangers-model"


async def add(gateway, model, **fields):
    """Register a model as a caller without a key; return the answer."""
    provider, _, name = model.partition("/")
    return await gateway.request("POST", "/v1/models", body=configs.model(provider, name, **fields))


async def remove(gateway, model):
    """Unregister a model as a caller without a key; return the answer."""
    return await gateway.request("DELETE", f"/v1/models/{model}")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    listed="all callers see the new model",
    not_listed="the request succeeds, and the model is not listed",
    refused="the request is refused with a 4xx",
    server_error="the request ends with a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_add(share, observed, config, route):
    """A caller without a key registers a model."""
    run = await share(config)
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    before = await run.gateway.model_ids()
    answer = await add(run.gateway, strangers(route))
    new = {*await run.gateway.model_ids()} - {*before}
    outcome = "listed" if strangers(route) in new else "not-listed"
    observed(answer.trouble or outcome, f"{answer}; then {sorted(new)} is new")


@pytest.mark.for_config(registered=True)
@pytest.mark.without_auth
@outcomes(
    hidden="no caller sees the model any more",
    still_there="the request succeeds, and the model is still listed",
    refused="the request is refused with a 4xx",
    server_error="the request ends with a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_remove(share, observed, config, route):
    """A caller without a key unregisters a model of the config."""
    run = await share(config)
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    before = await run.gateway.model_ids()
    answer = await remove(run.gateway, route.model)
    gone = {*before} - {*await run.gateway.model_ids()}
    outcome = "hidden" if route.model in gone else "still-there"
    observed(answer.trouble or outcome, f"{answer}; then {sorted(gone)} is gone")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    still_listed="the model is still listed after the restart",
    gone="the restart has removed it",
    not_listed="the request succeeds, and the model is not listed before the restart",
    start_fails="the gateway does not start any more",
    refused="the request is refused with a 4xx",
    server_error="the request ends with a 500 or above",
    boot_fails="not even the first start succeeds",
)
async def test_restart_after_an_addition(boot, observed, config, route):
    """A caller without a key registers a model; the gateway is restarted with its config."""
    async with boot(config) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await add(run.gateway, strangers(route))
        before = await run.gateway.model_ids()
    if answer.trouble or strangers(route) not in before:
        observed(answer.trouble or "not-listed", f"{answer}; then {before}")
        return
    async with boot(config) as run:
        after = run.failure or await run.gateway.model_ids()
    outcome = "still-listed" if run.failure is None and strangers(route) in after else "gone"
    observed(outcome if run.failure is None else "start-fails", after)


@pytest.mark.for_config(registered=True)
@pytest.mark.without_auth
@outcomes(
    start_fails="the gateway does not start any more",
    strangers_entry="the gateway starts with the stranger's entry",
    restored="the gateway starts with the entry of its config",
    gone="the gateway starts without an entry of that name",
    refused="a request is refused with a 4xx",
    server_error="a request ends with a 500 or above",
    boot_fails="not even the first start succeeds",
)
async def test_restart_after_a_replacement(boot, observed, config, route):
    """A caller without a key replaces an entry of the config; the gateway is restarted with it."""
    async with boot(config) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answers = [
            await remove(run.gateway, route.model),
            await add(run.gateway, route.model, metadata=THEIRS),
        ]
    if trouble := next((answer.trouble for answer in answers if answer.trouble), ""):
        observed(trouble, [*map(str, answers)])
        return
    async with boot(config) as run:
        shown = run.failure or await run.gateway.models()
    there = "restored" if f'"{route.model}"' in str(shown) else "gone"
    outcome = "strangers-entry" if THEIRS["tier"] in str(shown) else there
    observed(outcome if run.failure is None else "start-fails", shown)
