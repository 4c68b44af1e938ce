"""What a release does with configs that few write is said as the release does it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from pydantic import HttpUrl, TypeAdapter, ValidationError

from conformance.core import fields
from conformance.judge import judging, scalars
from conformance.judge.finding import Effect, Finding
from conformance.releases import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

ERAS = ("0.2.23", "0.3.5", "0.5.1", "0.7.1", "ogx==1.5.0")


def config(**changes: Any) -> dict[str, Any]:
    """Return a config that every release starts with, but for the changes."""
    return {
        "version": 2,
        "image_name": "a",
        "apis": ["inference"],
        "providers": {"inference": []},
        "server": {"insecure": True},
        "storage": {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": "kv.db"},
                "sql_default": {"type": "sql_sqlite", "db_path": "sql.db"},
            },
            "stores": {
                "metadata": {"backend": "kv_default", "namespace": "a"},
                "inference": {"backend": "sql_default", "table_name": "b"},
                "conversations": {"backend": "sql_default", "table_name": "c"},
            },
        },
        **changes,
    }


def found(given: dict[str, Any], release: str) -> list[Finding]:
    """Return what is found on a release, with no variable set."""
    return judging.findings(given, shipped.named(release), {})


def stopping(given: dict[str, Any], release: str) -> set[str]:
    """Return the places of what stops a start."""
    return {".".join(map(str, one.path)) for one in found(given, release) if one.stops is not None}


@pytest.mark.parametrize("release", ERAS)
def test_the_base_starts(release: str) -> None:
    """Nothing is refused of what the other tests change."""
    assert not stopping(config(), release)


@pytest.mark.parametrize("version", ["two", 2.5, None, [2]])
def test_a_version_is_a_whole_number(version: Any) -> None:
    """Until 1.0 the server hands it to its models; later ones set it themselves."""
    given = config(version=version)

    assert all("version" in stopping(given, release) for release in ERAS[:-1])
    assert not stopping(given, "ogx==1.5.0")
    assert not stopping(config(version="2"), "0.5.1")


@pytest.mark.parametrize("key", [True, 7, None])
def test_a_key_at_the_top_is_a_text(key: Any) -> None:
    """`on:` is a truth value in YAML 1.1, and no release starts with one there."""
    given = {**config(), key: 1}

    assert all(str(key) in stopping(given, release) for release in ERAS)


def test_levels_of_loggers() -> None:
    """`logging_config` is what the servers read; `logging` they take and pass over."""
    levels = {"category_levels": {"core": "debug"}}
    for release in ERAS:
        ignored = [one for one in found(config(logging_config=levels), release)
                   if one.effect is Effect.IGNORED and one.path[0] == "logging_config"]  # fmt: skip
        assert not ignored
        assert stopping(config(logging_config={"category_levels": ["core"]}), release)
        assert stopping(config(logging_config="debug"), release)
        empty: tuple[Any, ...] = (None, False, 0, "", [], {})
        assert not any(stopping(config(logging_config=value), release) for value in empty)
        (unread,) = (
            one for one in found(config(logging=levels), release) if one.id == "unread-logging"
        )
        assert unread.edits[0].to == ("logging_config",)


@pytest.mark.parametrize(
    ("level", "known"),
    [("debug", True), ("WARN", True), ("verbose", False), ("${env.A_LEVEL:=debug}", False)],
)
def test_a_level_is_one_that_the_server_knows(level: str, *, known: bool) -> None:
    """Variables are replaced after the levels are read; nothing else says so."""
    given = config(logging_config={"category_levels": {"core": level}})
    for release in ("0.4.0", "0.5.1", "0.7.1", "ogx==1.5.0"):
        passed = [one for one in found(given, release) if one.path[:1] == ("logging_config",)]
        assert known == (not passed)
        assert all(one.id == "unknown-level" and one.stops is None for one in passed)


@pytest.mark.parametrize(
    ("field", "value", "refused"),
    [
        ("forward_headers", {"a": "x-tenant"}, False),
        ("forward_headers", {"a": "Host"}, True),
        ("forward_headers", {"__a": "x-tenant"}, True),
        ("forward_headers", {"a": "x tenant"}, True),
        ("extra_blocked_headers", ["X-Own"], False),
        ("extra_blocked_headers", [" "], True),
    ],
)
def test_headers_that_are_never_forwarded(field: str, value: Any, refused: bool) -> None:  # noqa: FBT001 - a table's column
    """What belongs to the connection is not passed on, whatever the config wants."""
    settings = {"base_url": "http://127.0.0.1:9/v1", field: value}
    entry = {"provider_id": "a", "provider_type": "remote::passthrough", "config": settings}
    given = config(providers={"inference": [entry]})

    for release in ("0.7.1", "ogx==1.5.0"):
        assert bool(stopping(given, release)) is refused


def test_what_is_registered_is_looked_for_where_the_release_reads_it() -> None:
    """Before 0.3 models stand at the top; there nothing is read of `registered_resources`."""
    entries = [{"model_id": "m", "provider_id": "gone"}]
    at_the_top, below = config(models=entries), config(registered_resources={"models": entries})

    assert "models.0.provider_id" in stopping(at_the_top, "0.2.23")
    assert not stopping(below, "0.2.23")
    assert "registered_resources.models.0.provider_id" in stopping(below, "0.3.5")
    assert not stopping(at_the_top, "0.3.5")


@pytest.mark.parametrize(
    ("sinks", "refused"),
    [
        ("console, sqlite", False),
        (["console"], False),
        ("${env.SINKS:=console,sqlite}", False),
        ("${env.SINKS:console,sqlite}", True),
        ("console;sqlite", True),
    ],
)
def test_a_text_of_sinks_is_split_at_commas(sinks: Any, refused: bool) -> None:  # noqa: FBT001 - a table's column
    """A part that is no sink stops 0.2.23: so does a default that it does not replace."""
    kind = {"provider_id": "a", "provider_type": "inline::meta-reference"}
    telemetry = [{**kind, "config": {"sinks": sinks}}]
    given = config(apis=["telemetry"], providers={"telemetry": telemetry})

    place = "providers.telemetry.0.config.sinks"
    assert (place in stopping(given, "0.2.23")) is refused


@pytest.mark.parametrize("name", ["Inference", "INFERENCE"])
def test_the_case_of_an_api_counts_until_1_5(name: str) -> None:
    """From 1.5.0 on a name under `apis` is folded; one of a section of `providers` is not."""
    listed = config(apis=[name])
    section = config(providers={name: []})

    assert [stopping(listed, each) for each in ("ogx==1.4.1", "ogx==1.5.0")] == [{"apis.0"}, set()]
    assert stopping(section, "ogx==1.5.0") >= {f"providers.{name}"}


@pytest.mark.parametrize(
    ("store", "optional", "demanding"),
    [
        ("conversations", [], ["0.3.5", "0.5.1", "0.6.1", "0.7.1", "ogx==1.0.4", "ogx==1.5.0"]),
        ("prompts", ["0.3.5"], ["0.5.1", "0.7.1", "ogx==1.0.4", "ogx==1.5.0"]),
        ("connectors", ["0.3.5", "0.4.7"], ["ogx==1.0.4", "ogx==1.5.0"]),
    ],
)
def test_a_store_that_is_null_is_not_its_default(
    store: str, optional: list[str], demanding: list[str]
) -> None:
    """A store that is left out has a default; one that is set to null stops the start."""
    given = config()
    given["storage"]["stores"][store] = None

    place = f"storage.stores.{store}"
    assert all(place in stopping(given, release) for release in demanding)
    assert all(place not in stopping(given, release) for release in optional)


@pytest.mark.parametrize("kind", ["oauth2_token", "kubernetes"])
def test_an_unverified_authority_is_refused_from_1_2(kind: str) -> None:
    """`server.insecure` allows it; earlier servers start with it."""
    provider = {"type": kind, "verify_tls": False, "jwks": {"uri": "https://a.example/keys"}}
    auth = {"provider_config": provider}
    strict, allowed = config(server={"auth": auth}), config(server={"auth": auth, "insecure": True})

    place = "server.auth.provider_config.verify_tls"
    assert place in stopping(strict, "ogx==1.2.0")
    assert place in stopping(strict, "ogx==1.5.0")
    assert place not in stopping(allowed, "ogx==1.5.0") | stopping(strict, "ogx==1.1.3")


def test_keys_of_no_tenant_are_refused_from_1_4() -> None:
    """`local_api_key` says nothing of tenants, and serves one or none."""
    provider = {"type": "local_api_key", "api_keys": ["${env.KEY:=k}"]}
    server = {"auth": {"provider_config": provider}, "insecure": True}
    several = config(server={**server, "tenancy": {"mode": "multi"}})
    one = config(server={**server, "tenancy": {"mode": "single", "default_tenant_id": "a"}})

    assert "server.tenancy.mode" in stopping(several, "ogx==1.5.0")
    assert not stopping(one, "ogx==1.5.0")


def test_a_module_replaces_the_release_s_own_provider() -> None:
    """Nothing is known of the package or of its config: both are said to be unchecked."""
    entry = {"provider_id": "a", "provider_type": "remote::vllm", "config": {"colour": "blue"}}
    given = config(providers={"inference": [{**entry, "module": "somebodys_provider"}]})

    unused = config(providers={"inference": [{**entry, "module": "m", "provider_id": None}]})
    for each in (given, unused):  # a package is loaded whether its provider is used or not
        effects = {one.effect for one in found(each, "0.5.1") if one.path[:1] == ("providers",)}
        assert effects == {Effect.NOT_CHECKED}


def test_nvidia_s_key_may_come_from_the_environment() -> None:
    """Until 0.3 the adapter takes a key that the config does not have from a variable."""
    provider = {"provider_id": "a", "provider_type": "remote::nvidia", "config": {}}
    model = {"model_id": "m", "provider_id": "a"}
    given = config(providers={"inference": [provider]}, models=[model])

    def ids(environ: dict[str, str]) -> set[str]:
        seen = judging.findings(given, shipped.named("0.2.23"), environ)
        return {one.id for one in seen if one.stops is not None}

    assert "provider-demands" in ids({})
    assert not ids({"NVIDIA_API_KEY": "k"})


STORE = {"type": "sqlite", "db_path": "a.db"}
OLD_STORES: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"type": "postgres"}, False),
    ({"max_write_queue_size": 5}, False),
    ({"type": "sqlite", "num_writers": 5}, False),
    ({**STORE, "num_writers": 5, "max_write_queue_size": 5}, False),
    ({**STORE, "num_writers": 5}, True),
    (STORE, True),
    ({"sql_store_config": STORE, "num_writers": 5}, True),
]


@pytest.mark.parametrize(("store", "starts"), OLD_STORES)
def test_the_old_store_of_chats_may_be_no_store(store: dict[str, Any], *, starts: bool) -> None:
    """0.2.23 reads it as what has more of its keys; settings of a queue are no store."""
    given = config(inference_store=store)

    assert starts == (not stopping(given, "0.2.23"))
    assert not stopping(given, "0.3.5")
    assert "inference_store" not in stopping(given | {"apis": ["files"]}, "0.2.23")


@pytest.mark.parametrize("key", ["provider_type", "provider_id"])
@pytest.mark.parametrize("value", [{1: 2}, ["a"]])
@pytest.mark.parametrize("release", ERAS)
def test_a_provider_may_be_named_by_no_text(release: str, value: Any, key: str) -> None:
    """It is refused at its place, whatever else the config registers for it."""
    provider = {"provider_id": "a", "provider_type": "remote::openai", "config": {}, key: value}
    models = [{"model_id": "m", "provider_id": "a"}]
    where = "models" if release < "0.4" else "registered_resources"
    given = config(providers={"inference": [provider]})
    given |= {where: models if where == "models" else {"models": models}}

    assert f"providers.inference.0.{key}" in stopping(given, release)


@pytest.mark.parametrize("release", ERAS)
def test_the_name_of_a_backend_may_be_no_text(release: str) -> None:
    """YAML reads a bare date as one; the backends that would fit are listed all the same."""
    given = config()
    backends = given["storage"]["backends"]
    given["storage"]["backends"] = {dt.date(2024, 1, 1): backends["kv_default"]}

    assert release == "0.2.23" or stopping(given, release)


@pytest.mark.parametrize(("kind", "written"), [("remote::opena", 1), ("remote::grok", 0)])
def test_a_type_is_written_only_for_one_that_is_misspelt(kind: str, written: int) -> None:
    """What is merely like a type may be another one, from another package: it is a question."""
    provider = {"provider_id": "a", "provider_type": kind, "config": {}}
    given = config(providers={"inference": [provider]})
    (one,) = [one for one in found(given, "0.5.1") if one.id == "unknown-provider-type"]

    assert one.instead.startswith("did you mean `remote::")
    assert written == len(one.edits)


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize(
    "text",
    [
        "\u0663",
        "\uff17",
        "\u00a07",
        " 7 ",
        "+5",
        "1_0",
        "1_",
        "1__0",
        "0x10",
        "1e3",
        "1.0",
        "1_0.5",
    ],
)
def test_a_number_in_quotes_is_what_pydantic_reads(text: str, kind: type) -> None:
    """Digits of other scripts are none, though Python reads them."""
    try:
        TypeAdapter(kind).validate_python(text)
        reads = True
    except ValidationError:
        reads = False

    assert reads == (not scalars.trouble(text, kind.__name__))


@pytest.mark.parametrize(
    "text",
    [
        "http://a/v1",
        " HTTPS://A:443 ",
        "https:/a/v1",
        "https:a",
        "http:///a",
        "http:\\\\a",
        "http://a b/v1",
        "http://<host>:8000/v1",
        "http://a_b",
        "http://{a}",
        "http://a:port",
        "http:",
        "a:8000",
        "x http://a",
        "ftp://a",
    ],
)
def test_a_url_is_what_pydantic_reads(text: str) -> None:
    """One slash is enough for it, and a placeholder is no host."""
    try:
        TypeAdapter(HttpUrl).validate_python(text)
        reads = True
    except ValidationError:
        reads = False

    assert reads == (not scalars.trouble(text, "url"))


ODD: tuple[Any, ...] = ([], {}, [{}], {"a": {}}, "x", 5, None, True)
CHECKED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "auth": lambda odd: {"server": {"auth": {"provider_config": odd}}},
    "type of auth": lambda odd: {"server": {"auth": {"provider_config": {"type": odd}}}},
    "claims": lambda odd: {
        "server": {"auth": {"provider_config": {"type": "kubernetes", "claims_mapping": odd}}}
    },
    "tokens": lambda odd: {"vector_stores": {"rewrite_query_params": {"max_tokens": odd}}},
    "heat": lambda odd: {"vector_stores": {"rewrite_query_params": {"temperature": odd}}},
    "model": lambda odd: provided("inference", "inline::meta-reference", {"model": odd}),
    "encoding": lambda odd: provided(
        "responses", "inline::builtin", {"compaction_config": {"tokenizer_encoding": odd}}
    ),
    "encodings": lambda odd: provided(
        "responses", "inline::builtin", {"compaction_config": {"model_tokenizer_mappings": odd}}
    ),
}


def provided(api: str, kind: str, settings: Any) -> dict[str, Any]:
    """Return a section with one provider."""
    provider = {"provider_id": "a", "provider_type": kind, "config": settings}
    return {"providers": {"inference": [], api: [provider]}}


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("place", CHECKED)
def test_what_a_check_of_a_model_asks_may_have_any_type(place: str, odd: Any) -> None:
    """A value of the wrong type is refused for that, and no check of the model sees it."""
    for release in (*ERAS, "0.4.0", "ogx==1.2.3"):
        found(config(**CHECKED[place](odd)), release)


@pytest.mark.parametrize(
    ("compaction", "starts"),
    [
        ({"tokenizer_encoding": "abc"}, False),
        ({"model_tokenizer_mappings": {"a": "abc"}}, False),
        ({"tokenizer_encoding": "o200k_base", "model_tokenizer_mappings": {"a": "gpt2"}}, True),
        ({"tokenizer_encoding": None, "model_tokenizer_mappings": {}}, True),
    ],
)
def test_an_encoding_is_one_of_tiktoken(compaction: dict[str, Any], *, starts: bool) -> None:
    """The responses provider of ogx looks its names up from 1.1 on."""
    given = config(**provided("responses", "inline::builtin", {"compaction_config": compaction}))

    def refused(release: str) -> bool:
        return any("compaction_config" in place for place in stopping(given, release))

    assert starts == (not refused("ogx==1.2.3")) == (not refused("ogx==1.5.0"))
    assert not refused("ogx==1.0.4")


def refusals(given: dict[str, Any], release: str) -> set[str]:
    """Return what is said of the values that the models refuse, as it is shown."""
    faults = [one for one in found(given, release) if one.id in {"wrong-value", "missing-key"}]
    return {fields.concealed(one.what) for one in faults}


def test_a_refusal_names_its_place_and_is_not_masked() -> None:
    """No place is followed by a colon: what came next would be taken for a key and hidden."""
    entry = {"provider_id": "a", "provider_type": "remote::openai", "config": {"api_key": 1}}
    given = config(distro_name="a", providers={"inference": [entry, {"provider_id": "b"}]})
    cors = {"allow_credentials": True, "allow_origins": ["*"]}
    auth: dict[str, Any] = {"provider_config": {}}

    assert refusals(given, "0.5.1") == {
        "`providers.inference[0].config.api_key` must be text, or empty",
        "`providers.inference[1].provider_type` is missing",
    }
    assert refusals(config(distro_name="a", server={"cors": cors, "auth": auth}), "0.5.1") == {
        "in `server.cors`, `allow_credentials` excludes the origin `*`",
        "`server.auth.provider_config.type` is missing; it says what the rest is",
    }


def test_a_key_is_refused_where_the_release_forbids_it() -> None:
    """One model of 0.6 and 0.7 takes no other keys than its own; all others ignore them."""
    own = {"base_url": "http://a/v1", "other": 1}
    entry = {"provider_id": "a", "provider_type": "remote::passthrough", "config": own}
    given = config(distro_name="a", apis=["safety", "inference"], providers={"safety": [entry]})
    place = "`providers.safety[0].config.other`"

    assert f"{place} is no key that is allowed here" in refusals(given, "0.6.1")
    schema = judging.json_schema(shipped.named("0.6.1"))
    (model,) = [
        each for each in schema["$defs"].values() if "PassthroughSafetyConfig" in each["title"]
    ]
    assert model["additionalProperties"] is False


def test_the_json_schema_demands_the_tag_of_a_union() -> None:
    """A backend without `type` is refused by every release, although each branch has a default."""
    for release in ERAS[2:]:
        validator = jsonschema.Draft202012Validator(judging.json_schema(shipped.named(release)))
        given = config(distro_name="a")
        assert validator.is_valid(given)
        del given["storage"]["backends"]["kv_default"]["type"]
        assert not validator.is_valid(given)
