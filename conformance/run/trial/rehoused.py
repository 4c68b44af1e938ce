"""Replaces the servers that a config keeps its data on by files, so that a trial touches none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.stack.configs import Config

FILES = {"kv": "kv_sqlite", "sql": "sql_sqlite"}
NOBODY = {"host": "127.0.0.1", "port": 9}  # a client written in C opens connections unseen


def config(given: Config) -> tuple[Config, list[str]]:
    """Return a config with every backend in a file, and the names of those that were replaced.

    A provider that names a `host` and a `port` is sent to a port that nobody listens on.
    """
    replaced = []
    storage = given.get("storage")
    backends = storage.get("backends") if isinstance(storage, dict) else None
    backends = backends if isinstance(backends, dict) else {}
    for name, backend in backends.items():
        kind = str(backend.get("type")) if isinstance(backend, dict) else ""
        file = FILES.get(kind.partition("_")[0])
        if file and kind != file:
            backends[name] = {"type": file, "db_path": f"{name}.db"}
            replaced.append(str(name))
    _lead_nowhere(given.get("providers"))
    return given, replaced


def _lead_nowhere(value: Any) -> None:
    if isinstance(value, dict):
        if NOBODY.keys() <= value.keys():
            value.update(NOBODY)
        for child in value.values():
            _lead_nowhere(child)
    elif isinstance(value, list):
        for child in value:
            _lead_nowhere(child)
