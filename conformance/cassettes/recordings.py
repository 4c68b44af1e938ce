"""Reads and writes cassette files, and replaces one without ever losing the old.

The format is vcrpy's (version 1), so plain vcrpy loads a cassette too. JSON bodies are indented and
streams kept line by line, so that a difference between two recordings can be read.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Interaction = dict[str, Any]
"""`{"request": {method, uri, body, headers}, "response": {status, headers, body}}`, all text.

What differs from the top of the file stands beside them: `release`, `provenance`.
"""

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

    @property
    def recorded(self) -> str:
        """The day of the newest answer, as `2026-08-25`, or `unknown`."""
        return str(self.metadata.get("recorded", "unknown"))

    @property
    def lists_models(self) -> bool:
        """Whether its scenario also asks for the vendor's list of models, which is kept apart."""
        return bool(self.metadata.get("lists_models"))

    @property
    def empty(self) -> bool:
        """Whether the vendor is not asked at all in its scenario."""
        return not self.interactions and not self.lists_models

    def fact(self, name: str, interaction: Interaction) -> str:
        """Return `release` or `provenance` of one of the interactions."""
        return str(interaction.get(name) or self.metadata.get(name, "unknown"))

    def holding(self, interaction: Interaction, **facts: str) -> Interaction:
        """Return an interaction with what differs from the top of this recording beside it."""
        plain = {name: interaction[name] for name in ("request", "response")}
        return plain | {n: fact for n, fact in facts.items() if fact != self.metadata.get(n)}


def parsed(text: str) -> Any:
    """Return the value of a JSON text, or None for any other text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
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
            "restore it with `git checkout`, or re-record it with `make record`"
        ) from error
    return recording


@lru_cache(maxsize=256)  # a request is compared with every recorded one
def meaning(text: str) -> Any:
    """Return what two bodies have in common that mean the same: a JSON value, or else the text.

    Unlike Python, JSON tells `true` from 1.
    """
    value = parsed(text)
    return (text,) if value is None else _told_apart(value)


def _told_apart(value: Any) -> Any:
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, dict):
        return {name: _told_apart(child) for name, child in value.items()}
    return [_told_apart(child) for child in value] if isinstance(value, list) else value


def readable(body: str, *, ordered: bool = False) -> str:
    """Return a body as it is stored: JSON indented by two, else as it is.

    The order of its keys is kept, or alphabetical if `ordered`. A value that its JSON cannot carry
    over exactly keeps the body as it is.
    """
    value = parsed(body)
    if not isinstance(value, dict | list):
        return body
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=ordered) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only its escape can carry
        return body
    return text if parsed(text) == value else body


def request_of(interaction: Interaction) -> tuple[str, str, str]:
    """Return what tells one request from another: URL, method, and its body by meaning."""
    request = interaction["request"]
    text = request.get("body") or ""
    value = parsed(text)
    body = text if value is None else json.dumps(value, sort_keys=True)
    return request["uri"], request["method"], body


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks, and never an alias."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    odd = any(letter in value for letter in "\x85\u2028\u2029")  # line ends, but only to YAML
    style = '"' if odd else "|" if "\n" in value else None
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


def replace(root: Path, recordings: Mapping[Path, Recording]) -> Iterator[Path]:
    """Write cassettes below `root`; yield each file once it has been replaced.

    All are written beside the old ones before the first takes its place, so that a full disk
    changes nothing, and whatever interrupts, every file is whole: the old one or the new.
    """
    if not recordings:
        return
    with tempfile.TemporaryDirectory(dir=root, prefix=".recording-") as directory:
        staged = {Path(directory) / f"{n}.new": file for n, file in enumerate(recordings)}
        for new, file in staged.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(rendered(recordings[file]))
                stream.flush()
                os.fsync(stream.fileno())
        for new, file in staged.items():
            new.replace(file)
            yield file
