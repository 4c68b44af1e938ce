"""The JSON Schema of a release refuses what the release refuses once it has prepared a config."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from conformance.judge import judging
from conformance.releases import shipped

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
