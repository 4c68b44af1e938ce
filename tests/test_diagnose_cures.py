"""What `diagnose` proposes fits the release, and what it is not sure of it does not write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.diagnose import options, session
from conformance.judge import exposures, judging
from conformance.judge.finding import Edit, Operation
from conformance.schemas import reading
from tests.support.diagnosing import write
from tests.test_diagnose_judge import GATEWAY, gateway, provider, registered

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.judge.finding import Finding

Json = dict[str, Any]
SWITCHED = {
    "inference": [
        *GATEWAY["providers"]["inference"],
        {"provider_id": "${env.EXTRA_URL:+extra}", "provider_type": "remote::passthrough"},
    ]
}
VECTORS = "`vector_io`, with providers of the same names"
RESPONSES = {
    "responses": [
        {
            "provider_id": "builtin",
            "provider_type": "inline::builtin",
            "config": {"persistence": {"agent_state": {"backend": "kv_default"}}},
        }
    ]
}
NEEDS_EXTRA = registered({"model_id": "m", "provider_id": "extra"}) | {"providers": SWITCHED}


def of_api(api: str, kind: str) -> Json:
    """Return the config of a gateway that has one more provider, of an API's type."""
    entry = {"provider_id": "x", "provider_type": kind, "config": {}}
    own = GATEWAY["providers"]
    return gateway(providers=own | {api: [*own.get(api, ()), entry]})


def the(finding_id: str, config: Json, release: str, **environ: str) -> Finding:
    """Return the one finding of an id."""
    found = judging.findings(config, reading.find(release), environ)
    (one,) = [each for each in found if each.id == finding_id]
    return one


@pytest.mark.parametrize(
    ("finding_id", "config", "release", "instead"),
    [
        # an API that a release names and does not make
        ("api-without-provider", gateway(apis=["connectors"]), "0.4.7", "remove it from `apis`"),
        ("api-without-provider", gateway(apis=["telemetry"]), "0.3.5",
         "set `telemetry.enabled: true`, or remove it from `apis`"),
        # what a later release brings, and what has left
        ("unknown-key", gateway(safety={}), "0.3.5", "it comes with llama-stack 0.4.0"),
        ("moved-key", gateway(safety={}), "ogx==1.5.0", "leave it out: moderation left the stack"),
        ("unknown-api", gateway(apis=["messages"]), "0.5.1", "it comes with ogx 0.8.0"),
        ("unknown-api", gateway(apis=["memory"]), "0.5.1", VECTORS),
        ("unknown-provider-type", gateway(providers=provider("inline::transformers")), "0.5.1",
         "it comes with llama-stack 0.7.0"),
        ("unknown-provider-type", gateway(providers=provider("remote::opnai")), "0.5.1",
         "did you mean `remote::openai`?"),
        # a type without its first part
        ("unknown-provider-type", gateway(providers=provider("passthrough")), "0.5.1",
         "use `remote::passthrough`"),
        # a type that is gone: what took over from it, or that nothing did
        ("unknown-provider-type", of_api("inference", "inline::transformers"), "ogx==1.2.0",
         "use `inline::sentence-transformers`"),
        ("unknown-provider-type", of_api("vector_io", "inline::builtin"), "ogx==1.5.0",
         "use `inline::faiss`"),
        ("unknown-provider-type", of_api("vector_io", "inline::meta-reference"), "0.7.1",
         "use `inline::faiss`"),
        ("unknown-provider-type", of_api("eval", "inline::meta-reference"), "0.7.1",
         "use `inline::builtin`"),
        ("unknown-provider-type", of_api("inference", "inline::meta-reference"), "0.5.1",
         "nothing replaces it: serve the model beside the stack, e.g. for `remote::vllm`"),
        ("unknown-provider-type", of_api("tool_runtime", "inline::code-interpreter"), "0.4.7",
         "leave it out: nothing replaces it"),
        ("unknown-provider-type", of_api("vector_io", "remote::mongodb"), "0.5.1",
         "no release has it: name the `module` that brings it"),
        # a key that has another name
        ("provider-demands", gateway(providers=provider("remote::vllm", url="http://a")), "0.5.1",
         "write `url` as `base_url`"),
        ("provider-demands", gateway(providers=provider("remote::vllm")), "0.5.1",
         "set `base_url`"),
        # a provider that a variable switches on
        ("resource-without-provider", NEEDS_EXTRA, "0.5.1", "set `EXTRA_URL` for the start"),
        # a variable in a form that is none
        ("wrong-value", gateway(providers=provider("remote::openai", base_url="${env.U:http://a}")),
         "0.5.1", "write `${env.U:=http://a}`"),
        ("wrong-value", gateway(providers=provider("remote::openai", base_url="vendor")), "0.5.1",
         ""),
        ("variable-form", gateway(distro_name="${env.A+b}"), "0.5.1", "write `${env.A:+b}`"),
        ("variable-form", gateway(distro_name="${env.A=b}"), "0.5.1", "write `${env.A:=b}`"),
        # what the stores of answers have lost
        ("moved-key", gateway(providers=RESPONSES), "ogx==1.5.0",
         "leave it out: only responses are stored"),
        ("missing-key", gateway(), "0.4.7", "add `image_name`, any name"),
    ],
)  # fmt: skip
def test_what_is_proposed_fits_the_release(
    finding_id: str, config: Json, release: str, instead: str
) -> None:
    """A later release's, a former name, a variable: each is called what it is."""
    assert instead == the(finding_id, config, release).instead


@pytest.mark.parametrize("enabled", [True, "true", "${env.TRACES:=true}"])
def test_telemetry_of_0_3_is_there_once_it_is_switched_on(enabled: object) -> None:
    """Then its name may stand under `apis`; switched off, it ends the start."""
    for value, refused in ((enabled, False), ("${env.TRACES:=false}", True)):
        config = gateway(apis=["telemetry"], telemetry={"enabled": value})
        found = judging.findings(config, reading.find("0.3.0"), {})

        assert refused == ("api-without-provider" in {one.id for one in found})


def test_a_provider_that_a_variable_switches_on_is_there() -> None:
    """Then nothing is said of what is registered for it."""
    found = judging.findings(NEEDS_EXTRA, reading.find("0.5.1"), {"EXTRA_URL": "http://a"})

    assert "resource-without-provider" not in {one.id for one in found}


def test_a_type_without_its_first_part_is_repaired_if_there_is_one() -> None:
    """`passthrough` is remote; `reference` of several kinds would be a guess."""
    place = ("providers", "inference", 0, "provider_type")
    one = the("unknown-provider-type", gateway(providers=provider("passthrough")), "0.5.1")
    two = gateway(providers={"vector_io": [{"provider_id": "a", "provider_type": "milvus"}]})

    assert (Edit(Operation.SET, place, value="remote::passthrough"),) == one.edits
    assert () == the("unknown-provider-type", two, "0.5.1").edits


@pytest.mark.parametrize(
    ("key", "asked", "written"),
    [("storge", "`storage`", True), ("vectorIOKvstore", "`vector_stores`", False)],
)
def test_a_key_that_is_only_near_is_asked_about_and_not_renamed(
    key: str, asked: str, *, written: bool
) -> None:
    """A slip is repaired; a name of another thing stays."""
    config = {name: value for name, value in GATEWAY.items() if name != "storage"}
    one = the("misspelt-key", config | {key: {"a": 1}}, "0.5.1")

    assert f"did you mean {asked}?" == one.instead
    assert written == bool(one.edits)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sk-live-3f9d8a7b6c5e", True),
        ("hunter2hunter2", True),
        ("********", False),
        ("your-token-here", False),
        ("dummy-so-that-it-starts", False),
        ("fake-key", False),
        ("/etc/tls/client.key", False),
        ("certs/client.pem", False),
        ("~/keys/client", False),
    ],
)
def test_only_what_can_be_a_key_is_called_one(value: str, *, expected: bool) -> None:
    """Asterisks, words that stand for a key, and where a file is are none."""
    config = gateway(providers=provider(api_key=value, network={"tls": {"client_key": value}}))
    config["providers"]["inference"][0]["provider_type"] = "remote::openai"
    found = judging.findings(config, reading.find("0.5.1"), {})

    assert expected == any(one.id == "key-in-clear" for one in found)
    assert exposures.SHORTEST_KEY <= len(value)


@pytest.mark.parametrize(("entries", "removed"), [([], True), ([{"vector_db_id": "a"}], False)])
def test_a_key_of_another_form_is_removed_if_nothing_is_in_it(
    entries: list[Json], *, removed: bool
) -> None:
    """`vector_dbs` became `vector_stores`, whose entries a person has to write."""
    one = the("moved-key", gateway(registered_resources={"vector_dbs": entries}), "0.5.1")
    place = ("registered_resources", "vector_dbs")

    assert "write it as `registered_resources.vector_stores`" == one.instead
    assert ((Edit(Operation.REMOVE, place),) if removed else ()) == one.edits


def test_values_of_a_chart_are_told_so(tmp_path: Path) -> None:
    """They hold a stack's keys beside a chart's, and one line says what to do."""
    file = write(tmp_path, "replicaCount: 1\nresources: {}\nproviders: {}\n")
    shown: list[str] = []

    status = session.run(options.Request(paths=[file], form="github"), shown.append)

    assert status == 2
    assert "as in values of a chart; render that first" in shown[0]
    assert "neither" not in shown[0]
