"""The gateway boots with no key in its environment, and asks no vendor while it does."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="keyless-boot",
    requires="The gateway MUST boot without any key in its environment, and MUST NOT send a "
    "request to a vendor before a caller sends one to it. It SHOULD NOT warn of what is not wrong.",
    instead="use `remote::passthrough`, and no `${env.…_API_KEY}` without a default in the config",
    documented="seed: What is this project?; The Big Decision",
    bites=frozenset({"boot-fails", "asks-vendors", "warns"}),
    claims=(
        Claim(
            says="No API keys are stored on the server. The API key is never needed at startup.",
            section="The Big Decision: the `remote::passthrough` solution",
            check="boots",
            confirmed=frozenset({"boots"}),
        ),
    ),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.refresh",
        "core.stack:Stack.create_registry_refresh_task",
    ),
)


pytestmark = [pytest.mark.scenario("catalogue-with-key"), pytest.mark.needs("remote::passthrough")]


@pytest.mark.for_config(any_provider=True)
@pytest.mark.shows_refusal
@outcomes(boots="the stack boots and serves", boot_fails="the stack does not boot")
async def test_boots(share, observed, config):
    """The environment holds no key: it is emptied for every boot."""
    run = await share(config)
    evidence = run.refusal or (await run.gateway.models()).text
    observed("boot-fails" if run.failure else "boots", evidence)


@pytest.mark.for_config(only_passthrough=True)
@pytest.mark.without_auth
@outcomes(
    asks_nobody="no request leaves the gateway",
    asks_vendors="the gateway sends a vendor a request that no caller asked for",
    boot_fails="the stack does not boot",
)
async def test_asks_nobody_while_booting(boot, observed, config, sent):
    """Boot, let the gateway's own tasks begin, and look at what arrived upstream."""
    async with boot(config) as run:
        if not run.failure:
            await run.gateway.model_ids()  # its own tasks run before this is answered
        outcome = "asks-vendors" if sent else "asks-nobody"
        observed("boot-fails" if run.failure else outcome, [run.failure, *map(str, sent)])


@outcomes(
    quiet="nothing is logged as a warning or an error",
    warns="a warning or an error is logged, though nothing is wrong",
    boot_fails="the stack does not boot",
)
async def test_boots_quietly(share, observed, config):
    """Boot with the config as shipped, and look for warnings."""
    run = await share(config)
    if not run.failure:
        await run.gateway.model_ids()
    warnings = [line for line in run.log if line.startswith(("WARNING", "ERROR"))]
    outcome = "warns" if warnings else "quiet"
    observed("boot-fails" if run.failure else outcome, [run.failure, *warnings])
