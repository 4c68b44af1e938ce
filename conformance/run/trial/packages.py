"""Finds the packages that the providers of a config need and that are not installed here."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from typing import TYPE_CHECKING, Any, TypedDict

from conformance.stack import configs
from conformance.stack.booting import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Facts
    from conformance.stack.configs import Config


class Missing(TypedDict):
    """A provider's place in the config, its type, what cannot be imported, and what to install."""

    api: str
    index: int
    kind: str
    module: str
    install: list[str]


def missing(config: Config, facts: Facts, named: str) -> list[Missing]:
    """Return what the providers of a config lack, by the release's own registry.

    `named` is the package that a start could not import.

    Raises `CouldNotObserveError` if the release has no registry of providers.
    """
    registry = load(facts, "core.distribution:get_provider_registry")()
    specs = {api.value: known for api, known in registry.items()}
    found = []
    for api, index, kind in _providers(config):
        spec = specs.get(api, {}).get(kind)
        module = "" if spec is None else _lacking(spec, named)
        if spec is not None and module:
            install = list(spec.pip_packages or [module])
            found.append(Missing(api=api, index=index, kind=kind, module=module, install=install))
    return found


def _providers(config: Config) -> Iterator[tuple[str, int, str]]:
    section = config.get("providers")
    for api, entries in section.items() if isinstance(section, dict) else ():
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and configs.is_enabled(entry):
                yield str(api), index, str(entry.get("provider_type"))


def _lacking(spec: Any, named: str) -> str:
    """Return the package that a provider lacks; "" if it lacks none.

    Many providers import theirs only when they are made, or used: then it is the one that the
    start has `named`, if the release says that the provider needs it.
    """
    module = getattr(spec, "module", None)
    for each in _modules(module) if module else ():
        try:
            importlib.import_module(each)
        except ImportError as error:
            return (error.name or "").partition(".")[0]
        except Exception:  # noqa: BLE001, S112 - it is there, and fails for another reason
            continue
    needed = {re.split(r"[^\w.-]", text.strip())[0] for text in spec.pip_packages or ()}
    return named if named in needed else ""


def _modules(module: str) -> Iterator[str]:
    """Yield a provider's module and those directly below it."""
    yield module
    places = getattr(sys.modules.get(module), "__path__", ())
    yield from (f"{module}.{each.name}" for each in pkgutil.iter_modules(places))
