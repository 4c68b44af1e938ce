"""Reads the config schema of the installed release from its own classes; prints it as JSON.

`python -m conformance.schemas.inside`, in a release's environment. Nothing is booted. Facts that
only the release's code says (which store needs which kind of backend, what is migrated) are read
from the source text of the functions named here.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import json
import os
import re
import sys
import warnings
from contextlib import redirect_stdout
from typing import Any

from conformance.schemas.missing import stand_in
from conformance.schemas.models import Json, Models

INTERNAL = ("conversations.conversations", "prompts.prompts", "connectors.connectors")
MODULE = "ogx" if importlib.util.find_spec("ogx") else "llama_stack"


def schema() -> Json:
    """Return all that the installed release lets a config say, with `models` as a pool."""
    models = Models()
    distribution = _module("core.distribution")
    registry = distribution.get_provider_registry()
    datatypes = _module("core.datatypes")
    stack = _module("core.stack")
    config = getattr(datatypes, "StackConfig", None) or datatypes.StackRunConfig
    routed = {x.router_api.value: x.routing_table_api.value for x in _routed(distribution)}
    found: Json = {
        "apis": sorted(api.value for api in type(next(iter(registry)))),
        "routed": routed,
        "providers": {},
        "stack": models.add(config),
        "stores": _stores(config),
        "resources": [[row[0], row[1].value] for row in stack.RESOURCES],
        "skipping_ids": list(getattr(stack, "RESOURCE_ID_FIELDS", ())),
        "environment": _patterns(stack.replace_env_vars),
        **_code(stack),
    }
    stand_in(MODULE, f"{MODULE}_api", "conformance")
    for api, specs in registry.items():
        found["providers"][api.value] = {
            kind: _provider(models, spec) for kind, spec in sorted(specs.items())
        }
    found["models"] = models.definitions
    return found


def _module(name: str) -> Any:
    return importlib.import_module(f"{MODULE}.{name}")


def _routed(distribution: Any) -> list[Any]:
    return list(distribution.builtin_automatically_routed_apis())


def _provider(models: Models, spec: Any) -> Json:
    found: Json = {
        "needs": [api.value for api in spec.api_dependencies],
        "uses": [api.value for api in getattr(spec, "optional_api_dependencies", None) or ()],
    }
    if spec.deprecation_error:
        found["refused"] = " ".join(spec.deprecation_error.split())
    if spec.deprecation_warning:
        found["deprecated"] = " ".join(spec.deprecation_warning.split())
    for part, path in (("config", spec.config_class), ("data", _data(spec))):
        if not path:
            continue
        try:
            found[part] = models.add(_class(path))
        except Exception as error:  # noqa: BLE001 - one unreadable class must not hide the rest
            found[f"{part}_unread"] = type(error).__name__
    return found


def _data(spec: Any) -> str | None:
    path: str | None = getattr(spec, "provider_data_validator", None)
    return path


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _stores(config: Any) -> dict[str, str]:
    """Return the kind of backend that each store needs, as the model's validator says."""
    check = getattr(config, "validate_server_stores", None)
    if check is None:
        return {}
    pairs = re.findall(r"_ensure_backend\(stores\.(\w+), (kv|sql)_backends", _source(check))
    return dict(pairs)


def _patterns(function: Any) -> list[str]:
    return re.findall(r'pattern = r"(.+)"', _source(function))


def _code(stack: Any) -> Json:
    """Return what only the code of the start says."""
    configure = _module("core.configure")
    server = _source(_module("core.server.server"))
    parse, whole = _source(configure.parse_and_maybe_upgrade_config), _source(configure)
    replace = _source(stack.replace_env_vars)
    return {
        "migrates": sorted(set(re.findall(r"def _migrate_(\w+)_kv_to_sql", whole))),
        "missing_api": "skipped" if "impls.get(api)" in server else "refused",
        "name_keys": sorted(set(re.findall(r"cast_(\w+)_to_string", parse))),
        "demanded_stores": _demanded_stores(),
        "demands_tls": "TLS required" in _source(_module("cli.stack.run")),
        "skips_disabled": "__disabled__" in replace,
        "conditional_auth": "provider_config" in replace,
        "provider_id_all": 'provider_id == "all"' in _source(stack),
    }


def _demanded_stores() -> list[str]:
    """Return the stores without which a start is refused, whatever the models say."""
    said = re.compile(
        r"storage\.stores\.(\w+) must be configured"
        r'|ServiceNotEnabledError\("storage\.stores\.(\w+)"\)'
    )
    modules = ("stack", *INTERNAL, "routers")
    texts = (_source(_module(f"core.{name}")) for name in modules if _exists(f"core.{name}"))
    return sorted(
        {store for text in texts for pair in said.findall(text) for store in pair if store}
    )


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(f"{MODULE}.{name}") is not None
    except ModuleNotFoundError:
        return False


def _source(thing: Any) -> str:
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""


if __name__ == "__main__":
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = json.dumps(schema(), sort_keys=True)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    os._exit(0)  # what was imported may have started threads
