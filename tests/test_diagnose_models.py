"""What the judge refuses of configs made from the schema is what the reference release refuses."""

from __future__ import annotations

import contextlib
import copy
import importlib
import warnings
from functools import cache
from random import Random
from typing import Any

from conformance.core import releases
from conformance.judge import shape
from conformance.schemas import reading
from conformance.stack.sandbox import process_home, surroundings
from tests.support import from_schema
from tests.support.examples import given, settings
from tests.support.examples import strategies as st

EXAMPLES = 400
# Classes that ask what no config says: whether a file, a package or a model is there.
ASKS_ELSEWHERE = frozenset({"MetaReferenceInferenceConfig"})


@cache
def classes() -> dict[str, Any]:
    """Return the release's own classes of provider configs, by API and type, and of the whole."""
    from llama_stack.core.datatypes import StackConfig  # noqa: PLC0415 - the stack
    from llama_stack.core.distribution import get_provider_registry  # noqa: PLC0415 - the stack

    found: dict[str, Any] = {"": StackConfig}
    for api, specs in get_provider_registry().items():
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


def ours(name: str, value: Any) -> list[shape.Fault]:
    """Return what the judge refuses."""
    schema = reading.of(releases.reference())
    api, _, kind = name.partition(" ")
    model = schema.config(api, kind) if kind else schema.stack
    assert model is not None
    return shape.against(value, model, schema, ()).faults


def made(name: str, chance: Random) -> Any:
    """Return a config of one class."""
    schema = reading.of(releases.reference())
    api, _, kind = name.partition(" ")
    model = schema.config(api, kind) if kind else schema.stack
    assert model is not None
    return from_schema.model(model, schema, chance)


def agree(name: str, seed: int) -> None:
    """Compare one config made from a seed."""
    value = made(name, Random(seed))  # noqa: S311 - nothing secret
    theirs, found = refused(classes()[name], value), ours(name, value)
    if not name:  # what only the whole says has rules of its own
        theirs = [place for place in theirs if place != ()]
    assert bool(theirs) == bool(found), (name, value, theirs, found)


def names() -> list[str]:
    """Return what is compared; an import of the stack fixes its directories, here in a sandbox."""
    with surroundings(process_home(), process_home()):
        return sorted(classes())


@settings(max_examples=EXAMPLES)
@given(name=st.sampled_from(names()), seed=st.integers(0, 2**32))
def test_models_refuse_what_the_judge_refuses(name: str, seed: int) -> None:
    """A config is refused by the release's model if and only if the judge finds a fault."""
    agree(name, seed)


if __name__ == "__main__":
    import sys

    every = names()
    for number in range(int(sys.argv[1])):
        agree(every[number % len(every)], number)
    sys.stdout.write(f"{sys.argv[1]} configs agree\n")
