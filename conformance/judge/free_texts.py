"""Repeats what the releases' models do with a text that stands for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.schemas.reading import Json

# Fields that name a file, which has to be there; any text is taken for a path.
FILES = frozenset({"tls_verify", "verify", "client_cert", "client_key", "cacert"})
SINKS = "sinks"  # of traces, up to 0.2: a list, or one text with commas
FIELDS = frozenset({*FILES, SINKS})
TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off"})


def refused(name: str, value: Any, field: Json) -> str:
    """Return why a release refuses the value of such a field; empty if it does not."""
    return no_file(value) if name in FILES else _no_sinks(value, field)


def no_file(value: Any) -> str:
    """Return that a text is surely not the path of a file; empty if it may be one."""
    surely = isinstance(value, str) and ("${" in value or value.lower() in TRUTHS)
    return (
        "must be true, false or the path of a file; this text is taken for a path" if surely else ""
    )


def _no_sinks(value: Any, field: Json) -> str:
    known: list[str] = field["type"]["list"]["one"]
    parts = value.split(",") if isinstance(value, str) else ()
    unknown = next((part.strip() for part in parts if part.strip() not in known), None)
    return "" if unknown is None else f"`{unknown}` is none of {', '.join(known)}"
