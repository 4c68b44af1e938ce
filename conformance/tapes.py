"""The cassette file: how one is read, written readably, and replaced without ever losing the old.

The format is vcrpy's (version 1), so plain vcrpy loads a cassette too. JSON bodies are indented and
streams kept line by line, so that a difference between two recordings can be read.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Interaction = dict[str, Any]
"""`{"request": {method, uri, body, headers}, "response": {status, headers, body}}`, all text."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CassetteError(Exception):
    """A cassette cannot be read; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A cassette's contents: where it came from, and its interactions in order."""

    metadata: dict[str, Any] = field(default_factory=dict)
    interactions: list[Interaction] = field(default_factory=list)

    @property
    def provenance(self) -> str:
        """`live`, `stand-in`, or `unknown`."""
        return str(self.metadata.get("provenance", "unknown"))


def parsed(text: str) -> Any:
    """Return the value of a JSON text, or None for any other text."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def read(file: Path) -> Recording:
    """Read a cassette. Raises `CassetteError` if it is no readable version 1 cassette."""
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe loader
        recording = Recording(data.get("metadata") or {}, list(data["interactions"]))
        for interaction in recording.interactions:
            _ = interaction["request"]["uri"], interaction["response"]["body"]["string"]
    except (OSError, UnicodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise CassetteError(
            f"{file}: not a readable cassette ({type(error).__name__}: {reason}); "
            "restore it with `git checkout`, or record it anew with `make record`"
        ) from error
    return recording


def readable(body: str) -> str:
    """Return a body as it is stored: JSON indented by two with its key order kept, else as it is.

    A number that JSON cannot carry over exactly keeps the body as it is.
    """
    value = parsed(body)
    if not isinstance(value, dict | list):
        return body
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return text if parsed(text) == value else body


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def rendered(recording: Recording) -> str:
    """Return the text of a cassette file."""
    data = {
        "version": 1,
        "metadata": recording.metadata,
        "interactions": recording.interactions,
    }
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def write(file: Path, recording: Recording) -> None:
    """Replace a cassette in one step: whatever interrupts, the old or the new file is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(rendered(recording))
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
