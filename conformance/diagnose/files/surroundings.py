"""Reads what stands around a config: variables it will have, and files that name its file.

Variables come from containers of Kubernetes, from ConfigMaps and Secrets that name nothing but
variables, from services of a compose file and their `env_file`, and from `--env-file`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

DOTENV = ".env"  # which compose reads beside its file, for the variables in that
SET_ELSEWHERE = "set-elsewhere"  # the value of a variable that comes from where we cannot look
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_COMPOSE = re.compile(r"\$\{(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}|\$(?P<bare>\w+)")


class EnvFileError(Exception):
    """An `--env-file` that cannot be read."""


def env_file(file: Path) -> dict[str, str]:
    """Return the variables of a file of `NAME=value` lines. Raises `EnvFileError`."""
    from dotenv import dotenv_values  # noqa: PLC0415 - only who has such a file waits for it

    if not file.is_file():
        raise EnvFileError(f"{file}: no such file")
    try:
        found = dotenv_values(file, interpolate=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise EnvFileError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    return {name: value or "" for name, value in found.items()}


def variables(document: Any, directory: Path) -> dict[str, str]:
    """Return the variables that a Kubernetes or compose document gives to what runs in it."""
    if not isinstance(document, dict):
        return {}
    found = dict(_compose(document, directory)) if "services" in document else {}
    for each in _resources(document):
        if each.get("kind") in {"ConfigMap", "Secret"}:
            found.update(_of_map(each))
        found.update(_containers(each))
    return found


def _resources(document: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    items = document.get("items")
    if isinstance(document.get("kind"), str):
        yield document
    if isinstance(items, list):
        yield from (each for each in items if isinstance(each, dict))


def _of_map(resource: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    secret = resource["kind"] == "Secret"
    for part in ("data", "stringData"):
        values = resource.get(part)
        for name, value in values.items() if isinstance(values, dict) else ():
            if isinstance(name, str) and _VARIABLE.fullmatch(name):
                yield name, SET_ELSEWHERE if secret else str(value)


def _containers(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _containers(each)
    if not isinstance(value, dict):
        return
    env = value.get("env")
    for each in env if isinstance(env, list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            given = each.get("value")
            yield each["name"], SET_ELSEWHERE if "valueFrom" in each else str(given or "")
    for child in value.values():
        yield from _containers(child)


def _services(document: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    services = document["services"]
    for each in services.values() if isinstance(services, dict) else ():
        if isinstance(each, dict):
            yield each


def _compose(document: dict[Any, Any], directory: Path) -> Iterator[tuple[str, str]]:
    outside = {**_found(directory / DOTENV), **os.environ}
    for service in _services(document):
        for named in _listed(service.get("env_file")):
            name = named.get("path") if isinstance(named, dict) else named
            if isinstance(name, str):
                yield from _found(directory / name).items()
        yield from _environment(service.get("environment"), outside)


def _found(file: Path) -> dict[str, str]:
    return env_file(file) if _is_file(file) else {}


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a name that is too long, a directory that may not be searched
        return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _environment(value: Any, outside: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        pairs = (
            (name, text if equals else None)
            for name, equals, text in (str(each).partition("=") for each in value)
        )
    for name, text in pairs:
        given = outside.get(str(name), "") if text is None else _resolved(str(text), outside)
        yield str(name), given


def _resolved(text: str, outside: Mapping[str, str]) -> str:
    """Return a value of a compose file with the variables around it in it, as compose does."""
    return _COMPOSE.sub(
        lambda found: outside.get(found["name"] or found["bare"]) or found["default"] or "", text
    )


def neighbours(document: Any, directory: Path) -> Iterator[Path]:
    """Yield the existing files that a compose file mounts or a Kustomize generator takes."""
    if not isinstance(document, dict):
        return
    for name in {*_mounted(document), *_generated(document)}:
        file = directory / name
        if file.suffix in {".yaml", ".yml", ".json"} and _is_file(file):
            yield file


def _mounted(document: Mapping[Any, Any]) -> Iterator[str]:
    if not isinstance(document.get("services"), dict):
        return
    for service in _services(dict(document)):
        for volume in _listed(service.get("volumes")):
            if isinstance(volume, str):
                yield volume.partition(":")[0]
            elif isinstance(volume, dict) and isinstance(volume.get("source"), str):
                yield volume["source"]
    configs = document.get("configs")
    for each in configs.values() if isinstance(configs, dict) else ():
        if isinstance(each, dict) and isinstance(each.get("file"), str):
            yield each["file"]


def _generated(document: Mapping[Any, Any]) -> Iterator[str]:
    for generator in _listed(document.get("configMapGenerator")):
        files = generator.get("files") if isinstance(generator, dict) else None
        for each in _listed(files):
            if isinstance(each, str):
                yield each.rpartition("=")[2]
