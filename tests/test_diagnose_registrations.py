"""What a start cannot register is refused, and only on the releases that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.judge import judging
from conformance.releases import shipped
from tests.test_diagnose_sceptic import config

STORE = {"backend": "kv_default", "namespace": "a"}
PROVIDERS = {
    "inference": [{"provider_id": "v", "provider_type": "remote::vllm", "config": {}}],
    "safety": [{"provider_id": "guard", "provider_type": "inline::llama-guard", "config": {}}],
    "scoring": [{"provider_id": "basic", "provider_type": "inline::basic", "config": {}}],
    "datasetio": [
        {"provider_id": "localfs", "provider_type": "inline::localfs", "config": {"kvstore": STORE}}
    ],
    "vector_io": [
        {"provider_id": "f", "provider_type": "inline::faiss", "config": {"persistence": STORE}}
    ],
}
PROVIDERS["inference"][0]["config"] = {"base_url": "http://a/v1"}
SHIELD = {"shield_id": "s", "provider_id": "guard"}
DATASET = {
    "dataset_id": "d",
    "purpose": "eval/messages-answer",
    "source": {"type": "uri", "uri": "https://a.example/rows"},
}
FUNCTION = {"scoring_fn_id": "f", "provider_id": "basic", "return_type": {"type": "number"}}


def ids(release: str, **registered: list[dict[str, Any]]) -> set[str]:
    """Return the ids of what stops a start at something that is registered."""
    given = config(apis=list(PROVIDERS), providers=PROVIDERS, registered_resources=registered)
    found = judging.findings(given, shipped.named(release), {})
    return {one.id for one in found if one.stops and one.path[0] == "registered_resources"}


@pytest.mark.parametrize("release", ["0.4.2", "0.5.1", "0.7.1"])
def test_the_source_of_a_dataset_is_its_provider(release: str) -> None:
    """`provider_id` counts for nothing; a source in a hub wants the provider of that hub."""
    hub = {**DATASET, "source": {"type": "uri", "uri": "huggingface://datasets/a"}}
    rows = {**DATASET, "source": {"type": "rows", "rows": []}}
    named = {**DATASET, "metadata": {"provider_id": "mine"}}

    assert not ids(release, datasets=[{**DATASET, "provider_id": "mine"}])
    assert not ids(release, datasets=[rows])
    assert {"resource-without-provider"} == ids(release, datasets=[hub])
    assert {"resource-without-provider"} == ids(release, datasets=[named])
    unknown = {**DATASET, "source": {"type": "uri", "uri": "${env.A_SOURCE:=}"}}
    assert not ids(release, datasets=[unknown]) - {"empty-variable", "wrong-value"}


def test_a_section_that_is_never_registered() -> None:
    """Datasets came back with 0.4.2, functions that score with 0.5.0, with a description."""
    described = {**FUNCTION, "description": ""}

    assert {"not-registrable"} == ids("0.4.1", datasets=[DATASET])
    assert not ids("0.4.2", datasets=[DATASET])
    assert {"not-registrable"} == ids("0.4.7", scoring_fns=[described])
    assert {"not-registrable"} == ids("0.5.0", scoring_fns=[FUNCTION])
    assert not ids("0.5.0", scoring_fns=[described])
    assert not ids("0.4.7", scoring_fns=[{**described, "provider_id": "__disabled__"}])


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({}, False),
        ({"provider_shield_id": "s", "params": {}}, False),
        ({"provider_shield_id": "other"}, True),
        ({"params": {"a": 1}}, True),
        ({"params": {"a": 1}, "provider_id": None}, False),
        ({"shield_id": "t", "params": {"a": 1}}, False),
    ],
)
@pytest.mark.parametrize("release", ["0.4.0", "0.5.1", "0.7.1"])
def test_one_id_has_one_entry(release: str, more: dict[str, Any], *, refused: bool) -> None:
    """A second entry may repeat the first, defaults or not."""
    assert refused == ("resource-twice" in ids(release, shields=[SHIELD, {**SHIELD, **more}]))


@pytest.mark.parametrize(
    ("release", "name", "other"),
    [("0.5.1", "b", "a"), ("0.7.1", "b", "a"), ("ogx==1.5.0", "a", "b")],
)
def test_a_vector_store_names_a_model_as_the_registry_does(
    release: str, name: str, other: str
) -> None:
    """Until 0.7 a model has the vendor's name, from 0.8 on the config's; and it has to embed."""
    model = {"model_id": "a", "provider_id": "v", "provider_model_id": "b"}
    embedding = {**model, "model_type": "embedding", "metadata": {"embedding_dimension": 7}}
    store = {"vector_store_id": "s", "provider_id": "f", "embedding_dimension": 7}
    fitting = [{**store, "embedding_model": f"v/{name}"}]

    assert not ids(release, models=[embedding], vector_stores=fitting)
    assert {"unknown-reference"} == ids(release, models=[model], vector_stores=fitting)
    fitting[0]["embedding_model"] = f"v/{other}"
    assert {"unknown-reference"} == ids(release, models=[embedding], vector_stores=fitting)
