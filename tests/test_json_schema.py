"""The JSON Schema of a release refuses what the release refuses once it has prepared a config."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conformance.judge import judging, shape
from conformance.releases import shipped
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKENDS = {
    "kv_default": {"type": "kv_sqlite", "db_path": "a"},
    "sql_default": {"type": "sql_sqlite", "db_path": "b"},
}
PLAIN = {"version": 2, "image_name": "a", "distro_name": "a", "apis": [], "providers": {}}


def with_prompts(**store: str) -> dict[str, Any]:
    """Return a config with a store of prompts."""
    return PLAIN | {"storage": {"backends": BACKENDS, "stores": {"prompts": store}}}


def without(*keys: str) -> dict[str, Any]:
    """Return a config without some keys."""
    return {key: value for key, value in PLAIN.items() if key not in keys}


CONFIGS = {
    "all": PLAIN,
    "name is a number": PLAIN | {"distro_name": 3},
    "older name is a number": PLAIN | {"image_name": 3},
    "one name": without("image_name"),
    "no name": without("image_name", "distro_name"),
    "empty names": PLAIN | {"image_name": None, "distro_name": None},
    "no version": without("version"),
    "text as version": PLAIN | {"version": "x"},
    "prompts in key-value": with_prompts(backend="kv_default", namespace="p"),
    "prompts in SQL": with_prompts(backend="sql_default", table_name="p"),
    "levels": PLAIN | {"logging_config": {"category_levels": {"core": "debug"}}},
    "levels in a variable": PLAIN | {"logging_config": "${env.LEVELS:=}"},
    "prompts in neither": with_prompts(backend="sql_default"),
}
ALWAYS = {"no name", "empty names", "prompts in neither", "levels in a variable"}
# As the releases do, each asked with these configs.
REFUSED = {
    "0.4.7": ALWAYS | {"one name", "text as version", "prompts in SQL"},
    "0.5.1": ALWAYS | {"older name is a number", "text as version", "prompts in SQL"},
    "0.7.3": ALWAYS | {"older name is a number", "text as version", "prompts in SQL"},
    "ogx==1.0.4": ALWAYS | {"older name is a number"},
    "ogx==1.2.3": ALWAYS | {"older name is a number"},
    "ogx==1.5.0": ALWAYS | {"older name is a number"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_prepared_is_judged_as_it_is_read(name: str) -> None:
    """Names become text, the version is set, and stores are moved: an editor marks none of it."""
    release = shipped.named(name)
    validator = jsonschema.Draft202012Validator(judging.json_schema(release))

    assert {key for key, each in CONFIGS.items() if not validator.is_valid(each)} == REFUSED[name]
    stopped = {
        key
        for key, each in CONFIGS.items()
        if any(one.stops is not None for one in judging.findings(each, release, {}))
    }
    assert stopped == REFUSED[name]


def test_a_variable_that_is_not_replaced_is_named() -> None:
    """To set it is of no use."""
    given = CONFIGS["levels in a variable"]
    (found,) = [
        one
        for one in judging.findings(given, shipped.named("0.5.1"), {"LEVELS": ""})
        if one.path == ("logging_config",)
    ]
    assert found.instead == "write the value itself: no variable is replaced here"


def keywords(value: Any, name: str) -> Iterator[Any]:
    """Yield what a schema has under a keyword, wherever."""
    for key, each in value.items() if isinstance(value, dict) else ():
        if key == name:
            yield each
        yield from keywords(each, name)
    for each in value if isinstance(value, list) else ():
        yield from keywords(each, name)


@pytest.mark.parametrize("name", ["0.2.23", "0.3.5", *REFUSED, "0.7.1"])
def test_editors_take_the_whole_schema(name: str) -> None:
    """Their validators refuse one with an empty `enum`, or a group that JavaScript may not know."""
    schema = judging.json_schema(reading.find(name))

    assert all(keywords(schema, "enum"))
    patterns = [each for each in keywords(schema, "pattern") if isinstance(each, str)]
    assert patterns
    assert not [each for each in patterns if "(?" in each or r"\-" in each.split("[")[0]]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_editors_show_where_a_key_went() -> None:
    """Of a deprecated key they show `deprecationMessage`, and nothing otherwise."""
    schema = judging.json_schema(shipped.named("0.5.1"))

    assert "registered_resources.models" in schema["properties"]["models"]["deprecationMessage"]


def agrees(name: str, api: str, kind: str, value: Any) -> bool:
    """Return whether a config is allowed, of which judge and JSON Schema say the same."""
    release = shipped.named(name)
    entry = {"provider_id": "x", "provider_type": kind, "config": value}
    given = PLAIN | {"providers": {api: [entry]}}
    validator = jsonschema.Draft202012Validator(judging.json_schema(release))
    allowed = bool(validator.is_valid(given))
    schema = reading.of(release)
    model = schema.config(api, kind)
    assert model is not None
    assert allowed != bool(shape.against(value, model, schema, ()).faults), value
    return allowed


HEADERS = {
    "X-Tenant": True,
    " x-tenant ": True,
    "${env.HEADER}": True,
    "a b": False,
    "": False,
    "Content-Type": False,
    " X-Forwarded-FOR": False,
    "cookies": True,
}


@pytest.mark.parametrize("name", ["0.7.1", "ogx==1.5.0"])
def test_the_names_of_headers_to_pass_on(name: str) -> None:
    """A name is a token of HTTP and none that the release never passes on, in any case."""
    for header, allowed in HEADERS.items():
        given = {"forward_headers": {"tenant": header}}
        if "${" not in header:  # the judge is given what has been replaced
            assert allowed == agrees(name, "inference", "remote::passthrough", given)
    blocked = {"extra_blocked_headers": ["x-a", " "], "forward_headers": None}
    assert not agrees(name, "inference", "remote::passthrough", blocked)
    reserved = {"forward_headers": {"__authenticated_user": "x-user"}}
    assert not agrees(name, "inference", "remote::passthrough", reserved)


def test_a_variable_may_become_the_name_of_a_header() -> None:
    """So an editor marks none."""
    config = {"forward_headers": {"a": "${env.HEADER}"}}
    entry = {"provider_id": "x", "provider_type": "remote::passthrough", "config": config}
    schema = judging.json_schema(shipped.named("0.7.1"))

    given = PLAIN | {"providers": {"inference": [entry]}}
    assert jsonschema.Draft202012Validator(schema).is_valid(given)


def test_limits_of_each_other() -> None:
    """A pool's least is not above its most, be one of them the default; nor is either null."""
    sizes = ("absent", None, 1, 4, 5, 20, 21, 99, 100)
    allowed = set()
    for pair in itertools.product(sizes, repeat=2):
        given = {
            key: size
            for key, size in zip(("pool_min_size", "pool_max_size"), pair, strict=True)
            if size != "absent"
        }
        own = {"host": "a", "persistence": {"backend": "b", "namespace": "n"}}
        if agrees("ogx==1.5.0", "vector_io", "remote::pgvector", own | given):
            allowed.add(pair)

    assert {("absent", 4), (20, "absent"), (99, 100), (5, 5)} <= allowed
    assert not {("absent", 1), (21, "absent"), (100, 99), (5, 4), (None, 4)} & allowed


@pytest.mark.parametrize("size", [True, False, 99, 100])
def test_a_truth_value_is_a_small_number(size: object) -> None:
    """The release takes it for 0 or 1, which is below its limit."""
    given = {"default_chunk_size_tokens": size, "default_chunk_overlap_tokens": 0}

    assert (size == 100) == agrees("ogx==1.5.0", "file_processors", "inline::pypdf", given)


@pytest.mark.parametrize("encoding", ["cl100k_base", None, "cl100k"])
def test_names_of_encodings(encoding: str | None) -> None:
    """They are those of tiktoken."""
    store = {"backend": "b", "table_name": "t"}
    for key, value in (
        ("tokenizer_encoding", encoding),
        ("model_tokenizer_mappings", {"gpt": encoding or "gpt2"}),
    ):
        given = {"persistence": {"responses": store}, "compaction_config": {key: value}}
        assert (encoding != "cl100k") == agrees("ogx==1.5.0", "responses", "inline::builtin", given)
