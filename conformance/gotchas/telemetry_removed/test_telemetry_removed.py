"""A config that still names the `telemetry` API does not boot."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity

SECTION = "Bugs and Gotchas, 1"

GOTCHA = Gotcha(
    slug="telemetry-removed",
    happens="the server refuses to start if `apis` or `providers` names `telemetry`; a top-level "
    "`telemetry` section is silently ignored",
    why="most examples on the web still have it, and the error suggests a call to `Api.add()`, "
    "which no config file can make; the top-level section is the form of 0.3",
    example="apis: [inference, telemetry]",
    instead="delete `telemetry` from `apis` and `providers`, and any `telemetry` section",
    documented=f"seed: {SECTION}",
    severity=Severity.LOW,
    bites=frozenset({"unknown-api", "boot-fails", "ignored", "suggests-a-call", "unnamed"}),
    claims=(
        Claim(
            says="The `telemetry` API was removed in 0.5.1",
            section=SECTION,
            check="both",
            imprecise=frozenset({"unknown-api"}),
            really="0.5.1 does not have it, but 0.4.0 did not have it either",
        ),
        Claim(
            says="`Api('telemetry')` throws `ValueError: API 'telemetry' does not exist`",
            section=SECTION,
            check="under-apis",
            confirmed=frozenset({"unknown-api"}),
            imprecise=frozenset({"boot-fails"}),
        ),
        Claim(
            says="We had to strip it from the config",
            section=SECTION,
            check="left-out",
            confirmed=frozenset({"boots"}),
        ),
    ),
    decided_by=(
        "core.server.server:create_app",
        "core.resolver:validate_and_prepare_providers",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

MESSAGE = "API 'telemetry' does not exist"
TELEMETRY = [
    {
        "provider_id": "meta-reference",
        "provider_type": "inline::meta-reference",
        "config": {"service_name": "gateway", "sinks": "console"},
    }
]

REFUSALS = {
    "boots": "the stack boots",
    "unknown_api": "the boot ends in a ValueError that begins `API 'telemetry' does not exist`",
    "boot_fails": "the boot ends in another error",
}


async def refusal(share, config):
    """Boot a config and return the outcome, one of REFUSALS, and the failure."""
    failure = (await share(config)).failure
    if failure is None:
        return "boots", "no failure"
    known = failure.type == "ValueError" and failure.message.startswith(MESSAGE)
    return "unknown-api" if known else "boot-fails", failure


@outcomes(**REFUSALS)
async def test_under_apis(share, observed, config):
    """`apis: [inference, telemetry]`, without a provider for it."""
    config["apis"] = ["inference", "telemetry"]
    observed(*await refusal(share, config))


@outcomes(**REFUSALS)
async def test_under_providers(share, observed, config):
    """A provider under `providers.telemetry`, with `apis: [inference]`."""
    config["providers"]["telemetry"] = TELEMETRY
    observed(*await refusal(share, config))


@outcomes(**REFUSALS)
async def test_both(share, observed, config):
    """`telemetry` in `apis` and under `providers`, as examples have it."""
    config["apis"] = ["inference", "telemetry"]
    config["providers"]["telemetry"] = TELEMETRY
    observed(*await refusal(share, config))


@outcomes(**REFUSALS)
async def test_left_out(share, observed, config):
    """The same config without any `telemetry`."""
    observed(*await refusal(share, config))


@outcomes(
    boots="the stack boots, so there is no error",
    suggests_a_call="the error names `telemetry` and suggests `Api.add()`, a call in Python",
    names_it="the error names `telemetry` and suggests nothing of the kind",
    unnamed="the error does not name `telemetry`",
)
async def test_advice_of_the_error(share, observed, config):
    """What an operator reads whose config has `telemetry` in `apis`."""
    config["apis"] = ["inference", "telemetry"]
    failure = (await share(config)).failure
    if failure is None:
        observed("boots", "no failure")
    elif "telemetry" not in failure.message:
        observed("unnamed", failure)
    else:
        observed("suggests-a-call" if "Api.add()" in failure.message else "names-it", failure)


@outcomes(
    ignored="the stack boots, and its log, which shows the config, does not mention telemetry",
    mentioned="the stack boots, and its log mentions telemetry",
    boot_fails="the stack does not boot",
)
async def test_section_at_the_top(share, observed, config):
    """`telemetry: {enabled: true}` at the top level."""
    config["telemetry"] = {"enabled": True}
    run = await share(config)
    lines = [line for line in run.log if "telemetry" in line.lower()]
    if run.failure is not None:
        observed("boot-fails", run.failure)
    else:
        observed("mentioned" if lines else "ignored", "\n".join(lines) or "nothing logged")
