"""Reads what a stack has registered: the store that a config names, never written to here.

The keys are those of the stack's `core/store/registry.py`, the same from 0.4.0 to ogx 1.5.0. Up to
ogx 0.8.0 a SQLite store holds them bare, from ogx 1.0.0 on behind the namespace; PostgreSQL always
had the namespace.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.diagnose.variables import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "distributions:registry:v10::"
_NAME = re.compile(r"\w+")


class RegistryError(Exception):
    """The registry cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a registry is: a SQLite file, or a PostgreSQL table behind a URL or settings."""

    kind: str
    file: Path | None = None
    connection: str | Mapping[str, Any] = ""
    table: str = "kvstore"
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a stack has registered. `key` is its key in the store."""

    key: str
    type: str
    identifier: str
    provider_id: str
    source: str
    data: Mapping[str, Any]


def located(named: str, config: Mapping[str, Any], environ: Mapping[str, str]) -> Store:
    """Return the store that `--registry` or the config names. Raises `RegistryError`."""
    backend, namespace = _backend(config, environ)
    if named.startswith(("postgres://", "postgresql://")):
        table = str(backend.get("table_name") or "llamastack_kvstore")
        return Store("postgres", connection=named, table=table, namespace=namespace)
    if named != "auto":
        return Store("sqlite", Path(named).expanduser(), namespace=namespace)
    kind = str(backend.get("type", ""))
    if kind.endswith("postgres"):
        table = str(backend.get("table_name") or "llamastack_kvstore")
        return Store("postgres", connection=_settings(backend), table=table, namespace=namespace)
    if not kind.endswith("sqlite"):
        raise RegistryError(f"a registry in `{kind or 'no known store'}` is not read")
    file = backend.get("db_path")
    if not isinstance(file, str) or not file:
        raise RegistryError("the config names no file for the registry; pass --registry PATH")
    return Store("sqlite", Path(file), namespace=namespace)


def _backend(
    config: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[Mapping[str, Any], str]:
    """Return the settings of the store of the registry, and its namespace."""
    legacy = config.get("metadata_store")
    storage = resolved(config.get("storage"), environ)
    if not isinstance(storage, dict):
        if isinstance(legacy, dict):
            return resolved(legacy, environ), str(legacy.get("namespace") or "")
        raise RegistryError("the config has no `storage`; pass --registry PATH")
    stores, backends = storage.get("stores"), storage.get("backends")
    reference = stores.get("metadata") if isinstance(stores, dict) else None
    reference = reference if isinstance(reference, dict) else {}
    name = reference.get("backend", "kv_default")
    backend = backends.get(name) if isinstance(backends, dict) else None
    if not isinstance(backend, dict):
        raise RegistryError(f"the config has no backend `{name}`; pass --registry PATH")
    return backend, str(reference.get("namespace", "registry"))


def _settings(backend: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """Return what psycopg connects with."""
    if isinstance(backend.get("connection_string"), str):
        return str(backend["connection_string"])
    names = {"host": "host", "port": "port", "db": "dbname", "user": "user", "password": "password"}
    found = {theirs: backend[ours] for ours, theirs in names.items() if backend.get(ours)}
    if backend.get("ssl_mode"):
        found["sslmode"] = backend["ssl_mode"]
    return found


def entries(store: Store) -> list[Entry]:
    """Return all entries of a registry, in the order of their keys. Raises `RegistryError`."""
    rows = _sqlite(store) if store.file is not None else _postgres(store)
    return sorted(_parsed(rows, store.namespace), key=lambda entry: entry.key)


def _sqlite(store: Store) -> list[tuple[str, str]]:
    file = store.file
    if file is None or not file.is_file():
        raise RegistryError(f"there is no file {file}: nothing was registered yet, or elsewhere")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return list(db.execute("SELECT key, value FROM kvstore"))
    except sqlite3.Error as error:
        raise RegistryError(f"{file}: {error}") from error


def _postgres(store: Store) -> list[tuple[str, str]]:
    try:
        import psycopg  # noqa: PLC0415 - an extra
    except ImportError as error:
        what = "reading PostgreSQL needs psycopg: pip install 'llama-stack-conformance[postgres]'"
        raise RegistryError(what) from error
    if not _NAME.fullmatch(store.table):
        raise RegistryError("the name of its table is not one that can be read")
    try:
        given = store.connection
        settings = {"conninfo": given} if isinstance(given, str) else dict(given)
        with psycopg.connect(**settings, connect_timeout=5) as db:
            db.read_only = True
            found = db.execute(f'SELECT key, value FROM "{store.table}"')  # noqa: S608 - \w+ only
            return [(str(key), str(value)) for key, value in found.fetchall()]
    except psycopg.Error as error:  # its text can name the user and host, never the password
        raise RegistryError(f"PostgreSQL: {type(error).__name__}: {error}".strip()) from error


def _parsed(rows: Iterable[tuple[str, str]], namespace: str) -> Iterable[Entry]:
    for key, value in rows:
        before, found, _ = key.partition(PREFIX)
        if not found or (before and before != f"{namespace}:"):
            continue
        try:
            data = json.loads(value)
        except ValueError:
            continue
        if isinstance(data, dict):
            yield Entry(
                key,
                str(data.get("type", "")),
                str(data.get("identifier", "")),
                str(data.get("provider_id", "")),
                str(data.get("source", "")),
                data,
            )
