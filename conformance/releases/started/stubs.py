"""Replaces what a start would do outside this process: providers, databases, vendors' answers.

A provider's config is made, the stores that it names are opened, and a remote inference provider is
constructed; whatever a start asks it then is answered by a stub. A registered model is the one
question that the provider itself is asked, because many refuse it without asking anybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from .release import module, named

if TYPE_CHECKING:
    from collections.abc import Callable

# Errors of a provider's construction that are the network's.
NOT_THE_CONFIGS = {"ClientConnectorError", "APIConnectionError", "ConnectError"}
# The module of the adapters' common part, which asks a vendor for its list.
ASKING = ".openai_mixin"
# The one built-in provider that lists models by itself, and its class.
LISTING, BUILT_IN = "inline::sentence-transformers", "SentenceTransformersInferenceImpl"
lacking: list[str] = []  # types of providers that were not made for want of a package
refused: list[str] = []  # connections that were tried


class Nothing(list[Any]):
    """What a stub answers: no items, under whatever name they are looked for; it has an id."""

    id = name = "stub"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return []


class Stub:
    """Answers every method of every provider; `real` is the provider, if it was made."""

    def __init__(self, real: Any = None, **about: Any) -> None:
        """Take the provider, and what the release asks an instance about itself."""
        vars(self).update(about, real=real)

    async def register_model(self, model: Any) -> Any:
        """Return the model, unless the provider refuses it without asking anybody."""
        if self.real is None or getattr(self.real, "_model_cache", None):
            return model
        self.real.model_store = vars(self).get("model_store")
        asked = len(refused)
        _let_the_vendor_have(model, self.real)
        try:
            await self.real.register_model(model)
        except ValueError:
            if len(refused) == asked or not has_key(self.real):
                raise
        except Exception:  # noqa: BLE001 - a vendor that does not answer here says nothing
            return model
        return model

    async def should_refresh_models(self) -> bool:
        """Return that nothing is to be listed."""
        return False

    async def list_models(self) -> list[Any]:
        """Return the models that the provider has built in; those of a vendor are not asked for."""
        built_in = type(self.real).__name__ == BUILT_IN
        return await self.real.list_models() if built_in else []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        async def answer(*args: Any, **kwargs: Any) -> Nothing:
            del args, kwargs
            return Nothing()

        return answer


def has_key(provider: Any) -> bool:
    """Return whether a provider has what it asks its vendor with."""
    try:
        return bool(provider.get_api_key())
    except ValueError:
        return False
    except Exception:  # noqa: BLE001 - it has no such method, or wants a file of the vendor's
        return True


def _let_the_vendor_have(model: Any, provider: Any) -> None:
    """Have an adapter that asks `/v1/models` find the model there: what refuses it is its own."""
    lists = getattr(type(provider), "list_provider_model_ids", None)
    if lists is not None and lists.__module__.endswith(ASKING):

        async def listed() -> list[str]:
            return [model.provider_resource_id]

        object.__setattr__(provider, "list_provider_model_ids", listed)


def close_network() -> None:
    """Let nothing of this process connect, or look up a name: keys of the file stay here."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        del arguments
        if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
            refused.append(event)
            raise OSError("there is no network in a crosscheck")

    sys.addaudithook(hook)


def patch() -> None:
    """Replace the steps of the release's start, once a process."""
    resolver, stack = module("core.resolver"), module("core.stack")
    if getattr(resolver, "patched", False):
        return
    resolver.patched = True
    resolver.instantiate_provider = _instantiating(resolver.instantiate_provider)
    for name in _checks_of_models(stack):
        setattr(stack, name, _of_the_config(getattr(stack, name)))
    if initialize := vars(stack).get("_initialize_storage"):
        setattr(stack, "_initialize_storage", _rehoused(initialize))  # noqa: B010 - private there


def _checks_of_models(stack: Any) -> list[str]:
    """Return the checks of models in `vector_stores`: one each, so that none hides the next."""
    each = [n for n in vars(stack) if n.startswith("_validate_") and n.endswith("_model")]
    return each or [n for n in ("validate_vector_stores_config",) if hasattr(stack, n)]


def _of_the_config(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a check of a model without what only a vendor's list of models says."""

    async def validate(wanted: Any, impls: Any, *rest: Any) -> None:
        try:
            await original(wanted, impls, *rest)
        except ValueError as error:
            models = next((impl for api, impl in impls.items() if api.value == "models"), None)
            listing = getattr(models, "impls_by_provider_id", {})
            text = str(error).partition("Available")[0]
            if "not found" not in text or not any(f"'{name}/" in text for name in listing):
                raise

    return validate


def _instantiating(original: Callable[..., Any]) -> Callable[..., Any]:
    async def instantiate(provider: Any, *args: Any, **kwargs: Any) -> Any:
        if provider.provider_type.startswith("__"):
            return await original(provider, *args, **kwargs)
        spec = provider.spec
        about = {"__provider_id__": provider.provider_id, "__provider_spec__": spec}
        try:
            kind = named(spec.config_class)
        except ImportError:
            lacking.append(provider.provider_type)
            return Stub(**about)
        await _open_stores(kind(**provider.config))
        real = None
        made = provider.provider_type.startswith("remote::")
        if spec.api.value == "inference" and (made or provider.provider_type == LISTING):
            real = await _constructed(original, provider, args, kwargs)
        return Stub(real, **about)

    return instantiate


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


async def _constructed(original: Any, provider: Any, args: Any, kwargs: Any) -> Any:
    """Return the provider; None if a package for it is missing or it wants the network."""
    try:
        return await original(provider, *args, **kwargs)
    except ImportError:
        lacking.append(provider.provider_type)
        return None
    except OSError:
        return None
    except Exception as error:
        if type(error).__name__ in NOT_THE_CONFIGS:
            return None
        raise


def _rehoused(initialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the step that opens the stores, with all of them SQLite in the working directory."""

    def initialized(config: Any) -> Any:
        types = module("core.storage.datatypes")
        for name, backend in config.storage.backends.items():
            key_value = str(backend.type.value).startswith("kv")
            into = types.SqliteKVStoreConfig if key_value else types.SqliteSqlStoreConfig
            config.storage.backends[name] = into(db_path=f"{Path.cwd()}/{name}.db")
        return initialize(config)

    return initialized
