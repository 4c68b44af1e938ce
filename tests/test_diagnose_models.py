"""What the judge and the JSON Schema refuse of configs is what the reference release refuses.

The configs are made from what a release's models say. Another release is asked inside its own
environment: `python -m tests.test_diagnose_models 10000`.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import warnings
from functools import cache
from random import Random
from typing import Any

import jsonschema
import pytest

from conformance.core import releases
from conformance.judge import judging, shape
from conformance.schemas import reading
from conformance.stack.sandbox import process_home, surroundings
from tests.support import from_schema
from tests.support.examples import given, settings
from tests.support.examples import strategies as st

FEW, MANY = 400, 10_000
WHOLE = {"version": 2, "distro_name": "a", "image_name": "a", "apis": []}
# Classes that ask what no config says: whether a file, a package or a model is there.
ASKS_ELSEWHERE = frozenset({"MetaReferenceInferenceConfig"})


@cache
def classes() -> dict[str, Any]:
    """Return the release's own classes of provider configs, by API and type, and of the whole."""
    stack = f"{releases.facts(releases.installed()).module}.core"
    found: dict[str, Any] = {"": importlib.import_module(f"{stack}.datatypes").StackConfig}
    registry = importlib.import_module(f"{stack}.distribution").get_provider_registry()
    for api, specs in registry.items():
        for kind, spec in specs.items():
            module, _, name = spec.config_class.rpartition(".")
            with contextlib.suppress(ImportError):
                found[f"{api.value} {kind}"] = getattr(importlib.import_module(module), name)
    return {name: made for name, made in found.items() if made.__name__ not in ASKS_ELSEWHERE}


def refused(model: Any, value: Any) -> list[Any]:
    """Return the places that the release's model refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model(**copy.deepcopy(value))
        except (ValueError, TypeError) as error:
            return [each["loc"] for each in getattr(error, "errors", list)()] or [error]
    return []


@cache
def validator() -> Any:
    """Return what judges by the release's JSON Schema."""
    return jsonschema.Draft202012Validator(judging.json_schema(releases.installed()))


def whole(name: str, value: Any) -> Any:
    """Return a config that has a provider's value in its place, and nothing else to refuse."""
    api, _, kind = name.partition(" ")
    entry = {"provider_id": "x", "provider_type": kind, "config": value}
    return WHOLE | {"providers": {api: [entry]}}


def ours(name: str, value: Any) -> list[shape.Fault]:
    """Return what the judge refuses."""
    schema = reading.of(releases.installed())
    api, _, kind = name.partition(" ")
    model = schema.config(api, kind) if kind else schema.stack
    assert model is not None
    return shape.against(value, model, schema, ()).faults


def made(name: str, chance: Random) -> Any:
    """Return a config of one class."""
    schema = reading.of(releases.installed())
    api, _, kind = name.partition(" ")
    model = schema.config(api, kind) if kind else schema.stack
    assert model is not None
    return from_schema.model(model, schema, chance)


def unquoted(value: Any) -> Any:
    """Return a value with its whole numbers out of quotes: a JSON Schema limits only such."""
    if isinstance(value, dict):
        return {key: unquoted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [unquoted(each) for each in value]
    return int(value) if isinstance(value, str) and value.isdigit() else value


def agree_with_schema(name: str, value: Any) -> None:
    """Hold the JSON Schema against the release's model."""
    theirs = refused(classes()[name], value)
    assert bool(theirs) != validator().is_valid(whole(name, value)), (name, value, theirs)


def agree(name: str, seed: int) -> None:
    """Compare one config made from a seed."""
    value = made(name, Random(seed))  # noqa: S311 - nothing secret
    theirs, found = refused(classes()[name], value), ours(name, value)
    if name:
        agree_with_schema(name, unquoted(value))
    else:  # what only the whole says has rules of its own, and is prepared: see test_json_schema
        theirs = [place for place in theirs if place != ()]
        found = [fault for fault in found if fault.path != ("logging_config",)]
    assert bool(theirs) == bool(found), (name, value, theirs, found)


def names() -> list[str]:
    """Return what is compared; an import of the stack fixes its directories, here in a sandbox."""
    with surroundings(process_home(), process_home()):
        return sorted(classes())


@settings(max_examples=FEW)
@given(name=st.sampled_from(names()), seed=st.integers(0, 2**32))
def test_models_refuse_what_the_judge_refuses(name: str, seed: int) -> None:
    """A release's model refuses a config if and only if judge and JSON Schema do."""
    agree(name, seed)


@pytest.mark.thorough
@settings(max_examples=MANY)
@given(name=st.sampled_from(names()), seed=st.integers(0, 2**32))
def test_models_refuse_what_the_judge_refuses_of_many(name: str, seed: int) -> None:
    """So they do of 10,000."""
    agree(name, seed)


if __name__ == "__main__":
    import sys

    every = names()
    for number in range(int(sys.argv[1])):
        agree(every[number % len(every)], number)
    sys.stdout.write(f"{sys.argv[1]} configs agree\n")
