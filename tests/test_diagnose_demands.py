"""What a provider's start demands beyond its models is said on the releases that demand it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core import releases
from conformance.judge import demands, judging
from conformance.schemas import reading

KEYLESS = sorted(demands.ASKING)
NEW = "ogx==1.5.0"


def config(kind: str, **settings: Any) -> dict[str, Any]:
    """Return a config with one inference provider and a model registered for it, as in any era."""
    entries = [{"model_id": "m", "provider_id": "vendor"}]
    return {
        "models": entries,
        "image_name": "a",
        "distro_name": "a",
        "apis": ["inference"],
        "providers": {
            "inference": [{"provider_id": "vendor", "provider_type": kind, "config": settings}]
        },
        "registered_resources": {"models": entries},
    }


def ids(
    wanted: dict[str, Any], release: str = "0.5.1", environ: dict[str, str] | None = None
) -> set[str]:
    """Return the ids of what stops a start."""
    earlier = {each.version: each for each in reading.EARLIER}
    chosen = earlier.get(release) or releases.find(release)
    found = judging.findings(wanted, chosen, environ)
    return {one.id for one in found if one.stops is not None}


@pytest.mark.parametrize("kind", KEYLESS)
def test_a_registered_model_needs_a_key(kind: str) -> None:
    """A provider that looks for a model in the vendor's list has to have a key, until 0.5.4."""
    schema = reading.of(releases.reference())
    fields = (schema.config("inference", kind) or {})["fields"]
    key = fields["auth_credential"]["names"][0]

    assert "model-needs-key" in ids(config(kind))
    assert "model-needs-key" in ids(config(kind), "0.3.5")
    assert "model-needs-key" not in ids(config(kind, **{key: "some-key"}))
    assert "model-needs-key" not in ids(config(kind), "0.6.1")
    assert ("model-needs-key" in ids(config(kind), "0.2.23")) is (kind in demands.ASKING_FROM_0_2)


def test_hugging_face_needs_a_token_in_0_2() -> None:
    """The adapter reads the token without asking whether there is one; an empty one is one."""
    base = {"huggingface_repo": "a/b"}
    wanted = config("remote::hf::serverless", **base)

    assert "provider-demands" in ids(wanted, "0.2.23")
    assert "provider-demands" not in ids(wanted, "0.3.5")
    assert "broken-provider" in ids(wanted, "0.3.5")
    for token in ("", "abc"):
        taken = config("remote::hf::serverless", **base, api_token=token)
        assert "provider-demands" not in ids(taken, "0.2.23")
    unset = config("remote::hf::serverless", **base, api_token="${env.HF_API_TOKEN:=}")
    assert "empty-variable" in ids(unset, "0.2.23", {})


@pytest.mark.parametrize("kind", ["remote::vllm", "remote::ollama", "remote::passthrough"])
def test_a_server_of_ones_own_needs_no_key(kind: str) -> None:
    """A provider that sends a placeholder, or nothing, registers models without a key."""
    assert "model-needs-key" not in ids(config(kind, base_url="http://127.0.0.1:9/v1"))


def test_a_key_from_a_variable_counts() -> None:
    """What a variable may give is not missed; what an empty one gives is."""
    wanted = config("remote::groq", api_key="${env.GROQ_API_KEY:=}")
    assert "model-needs-key" not in ids(wanted)
    assert "model-needs-key" in ids(wanted, environ={"GROQ_API_KEY": ""})
    assert "model-needs-key" not in ids(wanted, environ={"GROQ_API_KEY": "some-key"})


@pytest.mark.parametrize(
    ("kind", "release", "fine"),
    [
        ("remote::passthrough", "0.3.5", "0.4.7"),
        ("remote::tgi", "0.6.1", "0.2.23"),
        ("remote::hf::serverless", "0.5.1", "0.2.23"),
    ],
)
def test_a_provider_that_fails_by_itself(kind: str, release: str, fine: str) -> None:
    """The release's own fault is said on the releases that have it."""
    assert "broken-provider" in ids(config(kind), release)
    assert "broken-provider" not in ids(config(kind), fine)


@pytest.mark.parametrize("release", ["0.4.7", "0.5.1", NEW])
def test_oracle(release: str) -> None:
    """Oracle's adapter demands a compartment and a login it knows; variables may hold both."""
    good = config("remote::oci", oci_compartment_id="c")
    login = config("remote::oci", oci_compartment_id="c", oci_auth_type="password")
    without = config("remote::oci")

    assert "provider-demands" not in ids(good, release)
    assert "provider-demands" in ids(login, release)
    assert "provider-demands" not in ids(without, release)  # nobody knows the environment
    assert "provider-demands" in ids(without, release, {})
    assert "provider-demands" not in ids(without, release, {"OCI_COMPARTMENT_OCID": "c"})


@pytest.mark.parametrize(("release", "refused"), [("0.4.0", False), ("0.4.7", True), (NEW, True)])
def test_a_vector_store_needs_a_registered_model(release: str, *, refused: bool) -> None:
    """A vector store is made before any provider lists its models."""
    store = {"vector_store_id": "s", "provider_id": "q", "embedding_model": "vendor/m"}
    wanted = config("remote::vllm", base_url="http://127.0.0.1:9/v1")
    wanted["apis"] += ["vector_io"]
    wanted["providers"]["vector_io"] = [{"provider_id": "q", "provider_type": "remote::qdrant"}]
    wanted["registered_resources"]["vector_stores"] = [store]
    wanted["registered_resources"]["models"][0]["model_type"] = "embedding"

    assert "unknown-reference" not in ids(wanted, release)
    store["embedding_model"] = "m"  # as it is listed, not as it is registered
    assert ("unknown-reference" in ids(wanted, release)) is refused
    store["embedding_model"] = "${env.EMBEDDING}"
    assert "unknown-reference" not in ids(wanted, release)


@pytest.mark.parametrize("release", ["0.4.7", "0.5.1", NEW])
def test_a_text_that_is_no_file(release: str) -> None:
    """Where a file is named a text that cannot be one is refused; a truth value is not."""
    base = {"base_url": "http://127.0.0.1:9/v1", "tls_verify": "${env.VERIFY:true}"}

    assert "wrong-value" in ids(config("remote::vllm", **base), release)
    assert "wrong-value" not in ids(config("remote::vllm", **base | {"tls_verify": False}), release)
    assert "wrong-value" not in ids(config("remote::vllm", **base | {"tls_verify": "a"}), release)


def test_conditions_of_a_release() -> None:
    """`resource is unowned` is a condition from 0.4.0 on."""
    rule = {"permit": {"actions": ["read"]}, "when": "resource is unowned"}
    custom = {"type": "custom", "endpoint": "https://a.example"}
    wanted = config("remote::vllm", url="http://127.0.0.1:9/v1")
    wanted["server"] = {"auth": {"provider_config": custom, "access_policy": [rule]}}

    assert "wrong-value" in ids(wanted, "0.3.5")
    assert "wrong-value" not in ids(wanted, "0.4.0")


def test_the_models_of_the_built_in_provider() -> None:
    """`inline::meta-reference` refuses a model that it has no description of."""
    kind = "inline::meta-reference"

    assert "wrong-value" in ids(config(kind, model="gpt-4o"), "0.4.7")
    assert "wrong-value" not in ids(config(kind, model="Llama3.2-3B-Instruct"), "0.4.7")
    assert "wrong-value" not in ids(config(kind, model="${env.MODEL}"), "0.4.7")


BEDROCK, VERTEX, WATSONX = "remote::bedrock", "remote::vertexai", "remote::watsonx"


@pytest.mark.parametrize(
    ("kind", "model", "refusing", "silent"),
    [
        (BEDROCK, "Llama3.1-8B-Instruct", ["0.2.23", "0.3.5"], ["0.4.0", "0.5.1", NEW]),
        (VERTEX, "google/gemini-2.5-pro", ["0.3.3", "0.3.5", "0.5.4"], ["0.3.0", "0.6.1", NEW]),
        (WATSONX, "Llama3.1-8B-Instruct", ["0.2.23"], ["0.3.5", "0.6.1", "0.7.0", NEW]),
    ],
)
def test_a_provider_with_a_list_of_its_own(
    kind: str, model: str, refusing: list[str], silent: list[str]
) -> None:
    """A registered model that is not in it stops the start; other releases ask, or take all."""
    unknown = config(kind, project="p")
    known = config(kind, project="p")
    known["registered_resources"]["models"][0]["model_id"] = model

    assert all("refused-model" in ids(unknown, release) for release in refusing)
    assert not [release for release in silent if "refused-model" in ids(unknown, release)]
    assert not [
        release for release in (*refusing, *silent) if "refused-model" in ids(known, release)
    ]


def test_the_model_that_the_vendor_knows_it_by_is_looked_for() -> None:
    """`provider_model_id` decides if it is there; what a variable says is not known."""
    wanted = config(BEDROCK)
    entry = wanted["registered_resources"]["models"][0]

    entry["provider_model_id"] = "meta.llama3-1-8b-instruct-v1:0"
    assert "refused-model" not in ids(wanted, "0.3.5")
    entry["provider_model_id"] = "${env.MODEL}"
    assert "refused-model" not in ids(wanted, "0.3.5")
    entry["provider_model_id"] = "another"
    assert "refused-model" in ids(wanted, "0.3.5")


@pytest.mark.parametrize("kind", ["remote::groq", "remote::openai"])
def test_a_registered_model_has_to_be_allowed(kind: str) -> None:
    """A provider that checks what is registered takes only what `allowed_models` has."""
    wanted = config(kind, api_key="some-key", allowed_models=["another"])

    assert "refused-model" in ids(wanted, "0.3.5")
    assert "refused-model" in ids(wanted, "0.5.1")
    assert "refused-model" not in ids(wanted, "0.6.1")
    for allowed in (["m"], ["${env.ONE}"], "${env.ALL}", None):
        wanted = config(kind, api_key="some-key", allowed_models=allowed)
        assert "refused-model" not in ids(wanted, "0.5.1")


def test_credentials_of_the_machine_are_not_checked() -> None:
    """A model of Vertex AI is registered with Google's credentials, which no config holds."""
    wanted = config(VERTEX, project="p")
    wanted["registered_resources"]["models"][0]["model_id"] = "google/gemini-2.5-pro"

    def unchecked(given: dict[str, Any], release: str) -> bool:
        found = judging.findings(given, releases.find(release), {})
        return any(one.id == "google-credentials" for one in found)

    assert unchecked(wanted, "0.5.1")
    assert not unchecked(wanted, "0.6.1")
    assert not unchecked({**wanted, "registered_resources": {}}, "0.5.1")


@pytest.mark.parametrize("release", ["0.7.0", "0.7.3", "ogx==1.2.3", NEW])
@pytest.mark.parametrize("kind", [BEDROCK, VERTEX, WATSONX])
def test_later_releases_demand_nothing_for_a_registered_model(kind: str, release: str) -> None:
    """No key, no credentials, no list: their first chat fails, not their start."""
    assert not ids(config(kind, project="p"), release, {}) & {
        "provider-demands",
        "model-needs-key",
        "refused-model",
    }
