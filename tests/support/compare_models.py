"""Compares what judge and JSON Schema refuse of configs with what a release's models refuse.

The configs are made from what the models say. `python -m tests.support.compare_models RELEASE
COUNT [SEED]` asks a release inside its own environment, prints every config about which one says
something else, and ends with 1 if there is one.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import yaml

from conformance.core import releases
from conformance.judge import judging, shape
from conformance.releases import shipped
from conformance.schemas import reading
from conformance.stack.sandbox import process_home, surroundings
from tests.support import from_schema

WHOLE = {"version": 2, "distro_name": "a", "image_name": "a", "apis": []}
# Classes that ask what no config says: whether a file, a package or a model is there.
ASKS_ELSEWHERE = frozenset({"MetaReferenceInferenceConfig"})

COMPARED = "extra_blocked_headers"  # with the headers that another key names


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


def sayable(value: Any) -> Any:
    """Return a value without what no JSON Schema judges: numbers in quotes, names compared."""
    if isinstance(value, dict):
        return {key: sayable(each) for key, each in value.items() if key != COMPARED}
    if isinstance(value, list):
        return [sayable(each) for each in value]
    quoted = isinstance(value, str) and value.replace(".", "", 1).isdigit()
    return yaml.safe_load(value) if quoted else value


def agree_with_schema(name: str, value: Any) -> None:
    """Hold the JSON Schema against the release's model."""
    theirs = refused(classes()[name], value)
    assert bool(theirs) != validator().is_valid(whole(name, value)), (name, value, theirs)


def agree(name: str, seed: int) -> None:
    """Compare one config made from a seed."""
    value = made(name, Random(seed))  # noqa: S311 - nothing secret
    theirs, found = refused(classes()[name], value), ours(name, value)
    if name:
        agree_with_schema(name, sayable(value))
    else:  # what only the whole says has rules of its own, and is prepared: see test_json_schema
        theirs = [place for place in theirs if place != ()]
        found = [fault for fault in found if fault.path[:1] != ("logging_config",)]
    assert bool(theirs) == bool(found), (name, value, theirs, found)


def names() -> list[str]:
    """Return what is compared; an import of the stack fixes its directories, here in a sandbox."""
    with surroundings(process_home(), process_home()):
        return sorted(classes())


def disagreements(count: int, first: int) -> list[str]:
    """Return about which of so many configs, of every class in turn, one says something else."""
    every, found = names(), []
    for number in range(first, first + count):
        try:
            agree(every[number % len(every)], number)
        except AssertionError as error:
            found.append(str(error))
    return found


def main() -> None:
    """Have the release compare, or compare with the release that is installed."""
    name, count, *seed = sys.argv[1:]
    if name == "installed":
        found = disagreements(int(count), int(seed[0]) if seed else 0)
        sys.stdout.write("\n".join([*found, f"{count} configs, {len(found)} disagreements\n"]))
        sys.exit(bool(found))
    python = shipped.python(shipped.named(name))
    words = [python, "-m", "tests.support.compare_models", "installed", count, *seed]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], check=False)  # noqa: S603 - our own module
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
