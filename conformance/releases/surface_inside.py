"""Reads what the installed release lets a config say: its APIs, provider types and config fields.

`python -m conformance.surfacing` prints it as JSON. Only names and whether they must be given, so
two releases can be compared key by key. Everything is asked from the installed package: its enum of
APIs, its provider registry, its pydantic models. Nothing is booted.

A dotted name is what a YAML file spells; `[]` stands for the items of a list, `*` for the keys of a
mapping. A field with an alias is listed under the names its model accepts.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import types
import typing
from importlib import metadata
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.stack.booting import load
from conformance.stack.sandbox import closed_network, process_home, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Facts

Json = dict[str, Any]
# The packages whose version decides how a gateway behaves.
PACKAGES = (
    *("aiosqlite", "fastapi", "httpx", "httpx2", "llama-stack-api", "llama-stack-client", "mcp"),
    *("ogx-api", "ogx-client", "openai", "opentelemetry-sdk", "pydantic", "sqlalchemy"),
    *("starlette", "uvicorn"),
)
SEQUENCES = (list, set, tuple, frozenset)


def installed() -> str:
    """Return the surface of the installed release as text, the same for every run."""
    facts = releases.facts(releases.installed())
    with surroundings(process_home(), process_home()), closed_network():
        found = surface(facts)
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def surface(facts: Facts) -> Json:
    """Return the surface of the release with these facts.

    `unread` names provider types whose classes need packages that are not installed with it.
    """
    registry = load(facts, "core.distribution:get_provider_registry")()
    stack_config = load(facts, "core.datatypes:StackConfig")
    apis = type(next(iter(registry)))
    read: Json = {"provider_config": {}, "provider_data": {}, "unread": {}}
    for api, specs in registry.items():
        for part, rows in _providers(specs).items():
            read[part].update({f"{api.value} {kind}": row for kind, row in rows.items()})
    return {
        "module": facts.module,
        "apis": sorted(api.value for api in apis),
        "providers": {api.value: sorted(specs) for api, specs in registry.items()},
        "top_level": sorted(_names(stack_config)),
        "stack_config": sorted(set(_fields(stack_config))),
        **read,
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _providers(specs: Mapping[str, Any]) -> Json:
    found: Json = {"provider_config": {}, "provider_data": {}, "unread": {}}
    for kind, spec in specs.items():
        try:
            found["provider_config"][kind] = sorted(set(_fields(_class(spec.config_class))))
            validator = getattr(spec, "provider_data_validator", None)
            if validator:
                found["provider_data"][kind] = _required(_class(validator))
        except ImportError as error:
            found["unread"][kind] = f"needs {(error.name or 'a missing package').partition('.')[0]}"
        except Exception as error:  # noqa: BLE001 - one unreadable provider must not hide the rest
            found["unread"][kind] = type(error).__name__
    return found


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _required(model: Any) -> dict[str, bool]:
    return {
        name: field.is_required()
        for attribute, field in model.model_fields.items()
        for name in _spellings(model, attribute, field)
    }


def _names(model: Any) -> list[str]:
    return [name for field in model.model_fields.items() for name in _spellings(model, *field)]


def _fields(model: Any, prefix: str = "", outer: tuple[Any, ...] = ()) -> Iterator[str]:
    """Yield every field of a model and of the models in it; none is entered within itself."""
    for attribute, field in model.model_fields.items():
        for name in _spellings(model, attribute, field):
            yield prefix + name
            for inner, step in _models(field.annotation):
                if inner not in {*outer, model}:
                    yield from _fields(inner, f"{prefix}{name}{step}.", (*outer, model))


def _spellings(model: Any, attribute: str, field: Any) -> list[str]:
    alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
    settings = model.model_config
    if not alias or alias == attribute:
        return [attribute]
    by_name = settings.get("populate_by_name") or settings.get("validate_by_name")
    return [alias, attribute] if by_name else [alias]


def _models(annotation: Any) -> Iterator[tuple[Any, str]]:
    """Yield the models an annotation mentions, each with the step to it: "", "[]" or ".*"."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None and hasattr(annotation, "model_fields"):
        yield annotation, ""
    elif origin is typing.Annotated:
        yield from _models(arguments[0])
    elif origin in {typing.Union, types.UnionType}:
        for argument in arguments:
            yield from _models(argument)
    elif origin in SEQUENCES or origin is dict:
        step = ".*" if origin is dict else "[]"
        for argument in arguments[1:] if origin is dict else arguments:
            yield from ((model, step + further) for model, further in _models(argument))


if __name__ == "__main__":
    sys.stdout.write(installed())
    sys.stdout.flush()
    os._exit(0)  # what was imported may have started threads
