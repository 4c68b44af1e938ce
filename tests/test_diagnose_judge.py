"""Each kind of finding, on a release that has the trap and on one that does not."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest

from conformance import PACKAGE
from conformance.core import releases
from conformance.judge import judging
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.releases import shipped
from conformance.schemas import packing, reading

Json = dict[str, Any]
GATEWAY: Json = {
    "version": 2,
    "distro_name": "gateway",
    "apis": ["inference"],
    "providers": {
        "inference": [
            {
                "provider_id": "vendor",
                "provider_type": "remote::passthrough",
                "config": {"base_url": "https://vendor.example"},
            }
        ]
    },
    "storage": {
        "backends": {
            "kv_default": {"type": "kv_sqlite", "db_path": "./state/kv.db"},
            "sql_default": {"type": "sql_sqlite", "db_path": "./state/sql.db"},
        },
    },
    "server": {
        "tls_certfile": "cert.pem",
        "tls_keyfile": "key.pem",
        "auth": {"provider_config": {"type": "github_token"}},
    },
}


def gateway(**changes: Any) -> Json:
    """Return a config without faults, with some top-level keys replaced."""
    return {**copy.deepcopy(GATEWAY), **changes}


def with_headers(headers: Json) -> Json:
    """Return `providers` with one that sends these headers."""
    return provider(base_url="https://a.example", network={"headers": headers})


def provider(kind: str = "remote::passthrough", **config: Any) -> Json:
    """Return `providers` with one inference provider of a config."""
    return {"inference": [{"provider_id": "vendor", "provider_type": kind, "config": config}]}


def two_vendors(**config: Any) -> Json:
    """Return `providers` with two vendors, the second with more in its config."""
    entries = [
        {"provider_id": name, "provider_type": "remote::passthrough", "config": more}
        for name, more in (
            ("a", {"base_url": "https://a.example"}),
            ("b", {"base_url": "https://b.example"} | config),
        )
    ]
    return {"inference": entries}


def asked_by_service() -> Json:
    """Return a `server` that has a service say who its callers are."""
    return {"auth": {"provider_config": {"type": "custom", "endpoint": "https://auth.example"}}}


def told_by_header() -> Json:
    """Return a `server` that believes a header."""
    return {"auth": {"provider_config": {"type": "upstream_header", "principal_header": "x-user"}}}


QUOTA: Json = {"quota": {"kvstore": {"namespace": "q", "backend": "kv"}}}


def registered(*models: Json) -> Json:
    """Return a gateway that registers models."""
    return gateway(registered_resources={"models": list(models)})


def found(config: Json, release: str = "0.5.1", environ: dict[str, str] | None = None) -> set[str]:
    """Return the ids of a config's findings on a release."""
    return {one.id for one in findings(config, release, environ)}


def findings(
    config: Json, release: str = "0.5.1", environ: dict[str, str] | None = None
) -> list[Finding]:
    """Return the findings of a config on a release."""
    return judging.findings(config, releases.find(release), environ)


@pytest.mark.parametrize("release", ["0.5.1", "0.6.1", "0.7.1", "ogx==0.8.0"])
def test_a_gateway_without_faults_has_no_findings(release: str) -> None:
    """Nothing is said of a config that does what it says."""
    assert found(gateway(), release) == set()


KINDS: list[tuple[str, Json, str, str]] = [
    # id, config, a release that has it, one that has it not ("" if all have it)
    ("unknown-api", gateway(apis=["inference", "telemetry"]), "0.5.1", ""),
    ("unknown-api", gateway(apis=["inference", "safety"]), "ogx==1.5.0", "0.5.1"),
    (
        "internal-api",
        gateway(
            providers={
                **GATEWAY["providers"],
                "prompts": [{"provider_id": "a", "provider_type": "inline::a"}],
            }
        ),
        "0.5.1",
        "",
    ),
    ("api-without-provider", gateway(apis=["inference", "files"]), "0.5.1", ""),
    ("api-without-provider", gateway(apis=["inference", "connectors"]), "0.4.0", "0.5.0"),
    ("api-without-provider", gateway(apis=["inference", "connectors"]), "0.4.7", "ogx==1.5.0"),
    (
        "unknown-provider-type",
        gateway(providers=provider("remote::deepseek")),
        "0.5.1",
        "ogx==1.5.0",
    ),
    ("missing-name", {k: v for k, v in GATEWAY.items() if k != "distro_name"}, "0.5.1", "0.4.7"),
    ("missing-key", gateway(), "0.4.7", "0.5.1"),
    ("wrong-value", gateway(providers=provider(base_url="vendor")), "0.5.1", ""),
    ("provider-demands", gateway(providers=provider("remote::vllm")), "0.5.1", ""),
    (
        "unknown-backend",
        gateway(
            storage={
                **GATEWAY["storage"],
                "stores": {"metadata": {"backend": "mine", "namespace": "a"}},
            }
        ),
        "0.5.1",
        "",
    ),
    (
        "wrong-backend",
        gateway(
            storage={
                **GATEWAY["storage"],
                "stores": {"metadata": {"backend": "sql_default", "namespace": "a"}},
            }
        ),
        "0.5.1",
        "",
    ),
    (
        "store-not-configured",
        gateway(storage={**GATEWAY["storage"], "stores": {"inference": None}}),
        "0.5.1",
        "",
    ),
    ("default-storage", {k: v for k, v in GATEWAY.items() if k != "storage"}, "0.5.1", ""),
    ("resource-without-provider", registered({"model_id": "a", "provider_id": "b"}), "0.5.1", ""),
    ("model-not-registered", registered({"model_id": "a"}), "0.5.1", ""),
    (
        "model-twice",
        registered(
            {"model_id": "a", "provider_id": "vendor"},
            {"model_id": "a", "provider_id": "vendor", "metadata": {"b": 1}},
        ),
        "0.5.1",
        "",
    ),
    ("repeated-prefix", registered({"model_id": "vendor/a", "provider_id": "vendor"}), "0.5.1", ""),
    (
        "dropped-alias",
        registered({"model_id": "a", "provider_id": "vendor", "provider_model_id": "b"}),
        "0.5.1",
        "ogx==1.5.0",
    ),
    (
        "embedding-without-dimension",
        registered({"model_id": "a", "provider_id": "vendor", "model_type": "embedding"}),
        "0.5.1",
        "",
    ),
    (
        "embedding-without-type",
        registered({"model_id": "embed-1", "provider_id": "vendor"}),
        "0.5.1",
        "",
    ),
    (
        "model-needs-key",
        gateway(
            providers=provider("remote::openai"),
            registered_resources={"models": [{"model_id": "a", "provider_id": "vendor"}]},
        ),
        "0.5.1",
        "0.6.1",
    ),
    (
        "misspelt-key",
        gateway(providers=provider(base_url="https://a.example", alowed_models=["a"])),
        "0.5.1",
        "",
    ),
    ("moved-key", gateway(models=[{"model_id": "a"}]), "0.5.1", ""),
    ("unknown-key", gateway(colour="blue"), "0.5.1", ""),
    ("old-stores", gateway(metadata_store={"type": "sqlite", "db_path": "a"}), "0.5.1", ""),
    (
        "literal-tilde",
        gateway(
            storage={
                "backends": {
                    **GATEWAY["storage"]["backends"],
                    "kv_default": {"type": "kv_sqlite", "db_path": "~/kv.db"},
                }
            }
        ),
        "0.5.1",
        "",
    ),
    (
        "moved-store",
        gateway(
            storage={
                "backends": {
                    **GATEWAY["storage"]["backends"],
                    "kv_default": {"type": "kv_sqlite", "db_path": "${env.HOME}/.llama/kv.db"},
                }
            }
        ),
        "ogx 0.8.0",
        "0.7.3",
    ),
    (
        "sql-directory",
        gateway(
            storage={
                "backends": {
                    **GATEWAY["storage"]["backends"],
                    "sql_default": {"type": "sql_sqlite", "db_path": "/x/sql.db"},
                }
            }
        ),
        "0.5.1",
        "",
    ),
    (
        "variable-form",
        gateway(providers=provider(base_url="https://a.example", api_key="${KEY}")),
        "0.5.1",
        "",
    ),
    ("needed-variable", gateway(distro_name="${env.NAME}"), "0.5.1", ""),
    ("callers-url", gateway(providers=provider()), "0.5.1", ""),
    ("auth-service-keys", gateway(server=asked_by_service()), "0.5.1", ""),
    ("upstream-identity", gateway(server=told_by_header()), "ogx==0.8.0", "0.5.1"),
    ("request-quota", gateway(server=asked_by_service() | QUOTA), "0.5.1", "ogx==1.0.4"),
    ("key-to-every-vendor", gateway(providers=two_vendors()), "0.5.1", ""),
    ("base-url-v1", gateway(providers=provider(base_url="https://a.example/v1")), "0.5.1", ""),
    (
        "allowed-models",
        gateway(providers=provider(base_url="https://a.example", allowed_models=["a"])),
        "0.5.1",
        "",
    ),
    (
        "network-ignored",
        gateway(providers=provider(base_url="https://a.example", network={"timeout": 3})),
        "0.5.1",
        "0.4.7",
    ),
    (
        "key-in-clear",
        gateway(providers=provider(base_url="https://a.example", api_key="0123456789abcdef")),
        "0.5.1",
        "",
    ),
    (
        "secret-in-url",
        gateway(providers=provider(base_url="https://user:word@a.example")),
        "0.5.1",
        "",
    ),
    (
        "secret-in-header",
        gateway(providers=with_headers({"Authorization": "Basic dXNlcjp3b3Jk"})),
        "0.5.1",
        "ogx==1.5.0",
    ),
    (
        "secret-in-header",
        gateway(providers=with_headers({"Cookie": "session=any"})),
        "ogx==1.5.0",
        "",
    ),
    (
        "identity-forwarded",
        gateway(
            providers=provider(
                base_url="https://a.example", forward_headers={"who": "Authorization"}
            )
        ),
        "ogx==1.5.0",
        "",
    ),
    (
        "provider-twice",
        gateway(providers={"inference": GATEWAY["providers"]["inference"] * 2}),
        "0.5.1",
        "",
    ),
    ("open-catalogue", gateway(server={}), "0.5.1", "0.7.1"),
    ("cors-ignored", gateway(server={"cors": True}), "ogx==1.5.0", "0.7.1"),
    ("cors-without-header", gateway(server={"cors": True}), "0.5.1", "ogx==1.5.0"),
    ("stored-chats-open", gateway(server={}), "0.5.1", ""),
    ("tls-demanded", gateway(server={}), "ogx==1.5.0", "0.5.1"),
    ("workers-without-host", gateway(server={"workers": 2}), "0.6.1", "0.7.0"),
    ("port-passed-over", gateway(server={"port": 9000}), "0.7.1", "ogx==1.1.0"),
    (
        "missing-dependency",
        gateway(
            apis=["inference", "batches"],
            providers={
                **GATEWAY["providers"],
                "batches": [
                    {
                        "provider_id": "a",
                        "provider_type": "inline::reference",
                        "config": {"kvstore": {"backend": "kv_default", "namespace": "a"}},
                    }
                ],
            },
        ),
        "0.5.1",
        "",
    ),
    (
        "external-provider",
        gateway(
            providers={
                "inference": [
                    {"provider_id": "a", "provider_type": "remote::mine", "module": "mine"}
                ]
            }
        ),
        "0.5.1",
        "",
    ),
]


@pytest.mark.parametrize(("finding_id", "config", "release", "without"), KINDS)
def test_each_kind(finding_id: str, config: Json, release: str, without: str) -> None:
    """A finding is made where it is due, and neither for a good config nor on another release."""
    assert finding_id in found(config, release)
    if finding_id != "missing-key":
        assert finding_id not in found(gateway(), release)
    if without:
        assert finding_id not in found(config, without)


def test_a_list_of_trusted_addresses_counts_where_it_is_compared() -> None:
    """Before 1.4.0 it does nothing; later a caller's own word for an address can get past it."""
    server = told_by_header()
    server["auth"]["provider_config"]["trusted_proxy_cidrs"] = ["192.0.2.0/24"]
    levels = {
        release: one.level
        for release in ("ogx==1.3.1", "ogx==1.4.1")
        for one in findings(gateway(server=server), release)
        if one.id == "upstream-identity"
    }

    assert levels == {"ogx==1.3.1": Level.WARNING, "ogx==1.4.1": Level.NOTE}


def test_keys_that_no_caller_brings_reach_nobody_else() -> None:
    """A vendor whose key the config has, and one vendor under two names."""
    own, twice = two_vendors(api_key="a-key"), two_vendors(base_url="https://a.example")
    for providers in (own, twice):
        assert "key-to-every-vendor" not in found(gateway(providers=providers))
    kept = provider(base_url="https://a.example", api_key="a-key")
    assert "auth-service-keys" not in found(gateway(server=asked_by_service(), providers=kept))


@pytest.mark.parametrize(
    ("release", "kv", "sql", "expected"),
    [
        ("0.5.1", "~/.llama/kv.db", "~/.llama/sql.db", {"literal-tilde", "sql-directory"}),
        ("0.5.1", "${env.HOME}/.llama/kv.db", "~/.llama/sql.db", set()),
        ("0.5.1", "${env.DIR:=~/.llama}/kv.db", "${env.DIR:=~/.llama}/sql.db", set()),
        ("ogx 0.8.0", "~/.llama/kv.db", "./state/sql.db", {"literal-tilde", "sql-directory"}),
        ("ogx 0.8.0", "./state/kv.db", "~/.llama/sql.db", {"moved-store", "sql-directory"}),
        ("ogx 0.8.0", "${env.DIR:=~/.llama/x}/kv.db", "./sql.db", {"moved-store"}),
    ],
)
def test_a_home_directory_by_kind_of_store(
    release: str, kv: str, sql: str, expected: set[str]
) -> None:
    """A key-value store does not expand a bare `~`: it makes no directory there and stays."""
    backends = {
        "kv_default": {"type": "kv_sqlite", "db_path": kv},
        "sql_default": {"type": "sql_sqlite", "db_path": sql},
    }
    config = gateway(storage={"backends": backends})

    assert found(config, release, {"HOME": "/root"}) == expected


def test_an_empty_variable_is_told_from_a_wrong_value() -> None:
    """A value that an empty default takes away is the variable's fault, if variables are known."""
    config = gateway(providers=provider("remote::vllm", base_url="${env.GPU:=}"))
    assert "empty-variable" in found(config, environ={})
    assert not {"empty-variable", "provider-demands"} & found(config)


@pytest.mark.parametrize("release", ["0.5.1", "ogx==1.5.0"])
def test_a_header_that_every_release_masks_is_not_shown(release: str) -> None:
    """The provider endpoints mask what has `token` in its name, headers included."""
    config = gateway(providers=with_headers({"X-Auth-Token": "any"}))
    assert "secret-in-header" not in found(config, release)


def test_disabled_providers_are_not_judged() -> None:
    """A provider that a variable switches off is passed over, with its variables."""
    config = gateway()
    config["providers"]["inference"].append(
        {
            "provider_id": "${env.NEVER:=__disabled__}",
            "provider_type": "remote::nonsense",
            "config": {"api_key": "${env.UNSET}"},
        }
    )
    assert not {"unset-variable", "unknown-provider-type"} & found(config, environ={})
    assert "unset-variable" in found(config, environ={"NEVER": "on"})


def test_a_moved_key_can_be_repaired() -> None:
    """A key that only moved is moved by its edits; one that went for good is removed."""
    [moved] = [one for one in findings(gateway(models=[])) if one.path == ("models",)]
    assert moved.edits == (Edit(Operation.MOVE, ("models",), ("registered_resources", "models")),)
    assert moved.level is Level.NOTE  # nothing is in it
    config = gateway(providers=provider("remote::vllm", url="http://gpu.example:8000"))
    place = ("providers", "inference", 0, "config")
    [url] = [one for one in findings(config) if one.path == (*place, "url")]
    assert [edit.value for edit in url.edits] == [None, "http://gpu.example:8000/v1"]
    assert "0.4.0" in url.since


def test_an_open_door_is_an_error() -> None:
    """A misspelt `auth`, which leaves the gateway open, is more than a warning."""
    config = gateway(server={"authentication": {"provider_config": {}}})
    [door] = [one for one in findings(config) if one.gotcha == "misspelt-auth"]
    assert (door.level, door.effect) == (Level.ERROR, Effect.IGNORED)


@pytest.mark.parametrize("value", [None, [], "text", 3, {"a": None}])
@pytest.mark.parametrize("key", ["providers", "apis", "storage", "server", "registered_resources"])
def test_no_value_is_a_traceback(key: str, value: Any) -> None:
    """Whatever stands in a place is judged."""
    assert isinstance(found(gateway(**{key: value})), set)


def test_the_release_a_config_is_written_for() -> None:
    """The keys of an era tell which release a config was written for."""
    old = {
        "image_name": "a",
        "apis": ["inference", "telemetry"],
        "providers": {
            "inference": [
                {
                    "provider_id": "a",
                    "provider_type": "remote::vllm",
                    "config": {"url": "http://a.example"},
                }
            ],
            "telemetry": [
                {"provider_id": "a", "provider_type": "inline::meta-reference", "config": {}}
            ],
        },
        "metadata_store": {"type": "sqlite", "db_path": "a"},
        "models": [{"model_id": "m", "provider_id": "a"}],
    }
    assert judging.written_for(old).version == "0.2.23"
    assert judging.written_for(gateway()).order >= releases.find("0.5.0").order


def test_the_schema_of_every_release_is_kept() -> None:
    """Every known release has its schema, and so have those that configs come from."""
    kept = packing.kept()["releases"]
    assert {reading.name_of(r) for r in (*reading.EARLIER, *releases.known())} == set(kept)


def test_the_installed_release_has_the_schema_that_is_kept() -> None:
    """What is kept is what the installed release says of itself."""
    from conformance.schemas import extract  # noqa: PLC0415 - needs a release

    extract.check()


def test_packing_loses_nothing() -> None:
    """What is packed is unpacked as it was, and the bytes depend on nothing else."""
    schemas = {name: packing.unpacked(packing.kept(), name) for name in packing.kept()["releases"]}
    assert packing.packed(schemas) == packing.FILE.read_bytes()


def test_distributions_of_the_reference_release() -> None:
    """What the release ships has no error but for the files API that two of them lack."""
    errors = {
        (file.parent.name, file.name): {
            one.id
            for one in judging.findings(shipped.loaded(file), releases.reference(), None)
            if one.level is Level.ERROR
        }
        for file in shipped.files(sys.executable)
    }
    assert errors
    assert set().union(*errors.values()) <= {"missing-dependency"}


def test_findings_name_gotchas_that_exist() -> None:
    """The gotcha that a finding shows has a folder."""
    folders = {file.name.replace("_", "-") for file in (PACKAGE / "gotchas").iterdir()}
    shown = {one.gotcha for _, config, name, _ in KINDS for one in findings(config, name)}
    assert shown - {None} <= folders


def test_json_schema() -> None:
    """A release's JSON Schema has its keys, its provider types, and what moved as deprecated."""
    schema = judging.json_schema(releases.reference())
    assert schema["properties"]["models"]["deprecated"]
    assert "registered_resources.models" in schema["properties"]["models"]["description"]
    models = {model["title"]: model["properties"] for model in schema["$defs"].values()}
    assert "base_url" in models["PassthroughImplConfig"]["url"]["description"]
    inference = schema["properties"]["providers"]["properties"]["inference"]
    kinds = inference["items"]["anyOf"][0]["properties"]["provider_type"]["anyOf"][0]["enum"]
    assert "remote::passthrough" in kinds


def test_judging_imports_nothing_heavy() -> None:
    """A judgement needs neither the stack nor pydantic."""
    code = (
        "import sys; from conformance.judge import judging; "
        "print({'pydantic', 'llama_stack', 'ogx', 'httpx', 'vcr'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "set()"
