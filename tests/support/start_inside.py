"""Starts configs in the environment of a release, provider instances stubbed; prints what happened.

`python tests/start_inside.py FILE…` with the variables of the start in the environment. One JSON
object a file: `stops` is the error of the start or null, `faults` and `dropped` are places as the
release's own pydantic models see them. Imports nothing of ours, so nothing of ours can agree with
itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

MODULE = "ogx" if importlib.util.find_spec("ogx") else "llama_stack"
CONFIG = "OGX_CONFIG" if MODULE == "ogx" else "LLAMA_STACK_CONFIG"
LIMIT_S = 60.0
# Errors of a provider's construction that are the release's or the network's.
NOT_THE_CONFIGS = {"PydanticUserError", "TypeError", "AttributeError", "ClientConnectorError"}


class Nothing(list[Any]):
    """What a stub answers: no items, under whatever name they are looked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return []


class Stub:
    """Answers every method of every provider."""

    def __init__(self, **about: Any) -> None:
        """Take what the release asks an instance about itself."""
        vars(self).update(about)

    async def register_model(self, model: Any) -> Any:
        """Return the model, as a provider that knows it does."""
        return model

    async def should_refresh_models(self) -> bool:
        """Return that nothing is to be listed."""
        return False

    async def list_models(self) -> list[Any]:
        """Return no models."""
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        async def answer(*args: Any, **kwargs: Any) -> Nothing:
            del args, kwargs
            return Nothing()

        return answer


def module(name: str) -> Any:
    """Return a module of the release."""
    return importlib.import_module(f"{MODULE}.{name}")


def dropped(raw: Any, made: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the places in raw data that a model made of it does not have."""
    if isinstance(made, BaseModel) and isinstance(raw, dict):
        return _of_model(raw, made, path)
    found = []
    if isinstance(made, list) and isinstance(raw, list):
        for index, (one, other) in enumerate(zip(raw, made, strict=False)):
            found += dropped(one, other, (*path, index))
    if isinstance(made, dict) and isinstance(raw, dict):
        for key in raw:
            found += dropped(raw[key], made.get(key), (*path, key))
    return found


def _of_model(raw: Any, made: BaseModel, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    spelt = {}
    for name, field in type(made).model_fields.items():
        alias = field.validation_alias or field.alias or name
        settings = type(made).model_config
        choices = list(getattr(alias, "choices", [alias]))
        if settings.get("populate_by_name") or settings.get("validate_by_name"):
            choices.append(name)
        used = next((choice for choice in choices if choice in raw), None)
        if used is not None:
            spelt[used] = name
    found = []
    for key, value in raw.items():
        if key in spelt:
            found += dropped(value, getattr(made, spelt[key]), (*path, key))
        elif type(made).model_config.get("extra") != "allow":
            found.append((*path, key))
    return found


def judged(file: Path) -> dict[str, Any]:
    """Return what the release does with a config."""
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    seen: dict[str, Any] = {"file": str(file), "stops": None, "faults": [], "dropped": []}
    try:
        config = module("core.configure").parse_and_maybe_upgrade_config(
            yaml.safe_load(file.read_text())
        )
    except ValidationError as error:
        seen["faults"] = [list(each["loc"]) for each in error.errors()]
        seen["stops"] = f"models: {error.errors()[0]['type']} {error.errors()[0]['loc']}"
        return seen
    except Exception as error:  # noqa: BLE001 - whatever stops the start is the answer
        seen["stops"] = f"{type(error).__name__}: {error}"
        return seen
    values = module("core.stack").replace_env_vars(raw)
    seen["dropped"] += dropped(values, config, ())
    _providers(config, seen)
    seen["stops"] = start(file)
    return seen


def _providers(config: Any, seen: dict[str, Any]) -> None:
    registry = module("core.distribution").get_provider_registry()
    by_name = {api.value: specs for api, specs in registry.items()}
    for api, providers in config.providers.items():
        for index, provider in enumerate(providers):
            spec = by_name.get(api, {}).get(provider.provider_type)
            if spec is None or not provider.provider_id or provider.provider_id == "__disabled__":
                continue
            place = ("providers", api, index, "config")
            try:
                where, _, name = spec.config_class.rpartition(".")
                made = getattr(importlib.import_module(where), name)(**provider.config)
            except ValidationError as error:
                seen["faults"] += [[*place, *each["loc"]] for each in error.errors()]
            except Exception:  # noqa: BLE001 - a class that cannot be imported says nothing
                seen.setdefault("unread", []).append([*place])
            else:
                seen["dropped"] += dropped(provider.config, made, place)


def start(file: Path) -> str | None:
    """Return what stops a start of the server's app; None if it starts."""
    _patch()
    home = tempfile.mkdtemp()
    os.chdir(home)
    os.environ[CONFIG] = str(file.absolute())
    os.environ["SQLITE_STORE_DIR"] = home
    try:
        asyncio.run(asyncio.wait_for(_started(), LIMIT_S))
    except BaseException as error:  # noqa: BLE001 - as above
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return None


async def _started() -> None:
    app = module("core.server.server").create_app()
    async with app.router.lifespan_context(app):
        pass


def _patch() -> None:
    resolver, stack = module("core.resolver"), module("core.stack")
    if getattr(resolver, "patched", False):
        return
    resolver.patched = True
    original = resolver.instantiate_provider

    async def instantiate(provider: Any, *args: Any, **kwargs: Any) -> Any:
        spec = provider.spec
        if provider.provider_type.startswith("__"):
            return await original(provider, *args, **kwargs)
        where, _, name = spec.config_class.rpartition(".")
        try:
            kind = getattr(importlib.import_module(where), name)
        except ImportError:
            return Stub(__provider_id__=provider.provider_id, __provider_spec__=spec)
        await _open_stores(kind(**provider.config))
        if provider.provider_type.startswith("remote::") and spec.api.value == "inference":
            await _constructed(original, provider, args, kwargs)
        return Stub(__provider_id__=provider.provider_id, __provider_spec__=spec)

    resolver.instantiate_provider = instantiate
    if hasattr(stack, "validate_vector_stores_config"):
        stack.validate_vector_stores_config = Stub().nothing
    if hasattr(stack, "_initialize_storage"):
        stack._initialize_storage = _rehoused(stack._initialize_storage)


async def _open_stores(config: Any) -> None:
    """Open the stores that a provider's config names, with the release's own functions."""
    for name in type(config).model_fields if isinstance(config, BaseModel) else ():
        value = getattr(config, name)
        if isinstance(value, BaseModel):
            fields = type(value).model_fields
            kinds = [k for k, f in (("kv", "namespace"), ("sql", "table_name")) if f in fields]
            if "backend" in fields and kinds:
                await _opened(kinds[0], value)
            else:
                await _open_stores(value)


async def _opened(kind: str, reference: Any) -> None:
    for place in ("core.storage", "providers.utils"):
        with contextlib.suppress(ModuleNotFoundError):
            stores = module(f"{place}.{kind}store.{kind}store")
            names = (f"{kind}store_impl", f"_{kind}store_impl")
            make = next(getattr(stores, name) for name in names if hasattr(stores, name))
            made = make(reference)
            if asyncio.iscoroutine(made):
                await made
            return


async def _constructed(original: Any, provider: Any, args: Any, kwargs: Any) -> None:
    try:
        await original(provider, *args, **kwargs)
    except ImportError:
        pass
    except Exception as error:
        if type(error).__name__ not in NOT_THE_CONFIGS and not isinstance(error, OSError):
            raise


def _rehoused(initialize: Any) -> Any:
    """Return the step that opens the stores, with all of them SQLite in the working directory."""

    def initialized(config: Any) -> Any:
        types = module("core.storage.datatypes")
        for name, backend in config.storage.backends.items():
            into = (
                types.SqliteKVStoreConfig
                if str(backend.type.value).startswith("kv")
                else types.SqliteSqlStoreConfig
            )
            config.storage.backends[name] = into(db_path=f"{Path.cwd()}/{name}.db")
        return initialize(config)

    return initialized


def main() -> None:
    """Print one JSON object for each file named on the command line."""
    out = sys.stdout
    for name in sys.argv[1:]:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = judged(Path(name))
        out.write(json.dumps(found, default=str) + "\n")
        out.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
