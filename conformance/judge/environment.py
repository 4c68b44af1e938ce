"""Puts the values of variables into a config as the release does, and lists those it lacks.

The substitution follows `replace_env_vars` of the releases: a text that changes is read again as
true, false or a number; an empty one becomes null. Entries that the release drops before it reads
them keep their place as `LEFT_OUT`, so that places stay those of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.judge.values import LEFT_OUT, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.judge.finding import Path
    from conformance.schemas.reading import Schema

DISABLED = "__disabled__"


@dataclass(slots=True)
class Substitution:
    """The substitution of one config. `needed` are variables without a value, with their places.

    With `open_ended` a variable that is not set may have any value, instead of none.
    """

    environ: Mapping[str, str] | None
    schema: Schema
    needed: dict[str, list[Path]] = field(default_factory=dict)
    changed: set[Path] = field(default_factory=set)
    open_ended: bool = False

    def value(self, value: Any, path: Path = ()) -> Any:
        """Return a value with its variables replaced, those in its parts too."""
        if isinstance(value, dict):
            return self._mapping(value, path)
        if isinstance(value, list):
            return [self._entry(item, (*path, index)) for index, item in enumerate(value)]
        return self._text(value, path) if isinstance(value, str) else value

    def _mapping(self, value: dict[Any, Any], path: Path) -> dict[Any, Any]:
        if self.schema.facts["conditional_auth"] and path == ("server", "auth"):
            value = self._without_empty_provider(value, path)
        return {key: self.value(item, (*path, key)) for key, item in value.items()}

    def _without_empty_provider(self, value: dict[Any, Any], path: Path) -> dict[Any, Any]:
        provider = value.get("provider_config")
        if not isinstance(provider, dict) or "type" not in provider:
            return value
        kind = self._aside(provider["type"])
        if kind in {None, ""}:
            return {key: item for key, item in value.items() if key != "provider_config"}
        del path
        return value

    def _entry(self, item: Any, path: Path) -> Any:
        if not isinstance(item, dict):
            return self.value(item, path)
        if self._aside(item.get("provider_id")) == DISABLED:
            return LEFT_OUT
        for name in self.schema.facts["skipping_ids"]:
            if name in item and self._aside(item[name]) in {None, ""}:
                return LEFT_OUT
        return self.value(item, path)

    def _aside(self, value: Any) -> Any:
        """Return a value with its variables replaced, without asking for those it needs."""
        aside = Substitution(self.environ, self.schema, open_ended=self.open_ended)
        found = aside.value(value)
        return found if isinstance(found, str) or found is None else Unknown(str(value))

    def _text(self, text: str, path: Path) -> Any:
        if "$" not in text:
            return text
        pattern = self.schema.facts["environment"][0]
        unknown = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal unknown
            value = self._variable(match, path)
            unknown = unknown or value is None
            return value or ""

        result = re.sub(pattern, replaced, text)
        if unknown:
            return Unknown(text)
        if result == text:
            return text
        self.changed.add(path)
        return converted(result)

    def _variable(self, match: re.Match[str], path: Path) -> str | None:
        """Return what a variable stands for; None if that is not known."""
        name, sign, rest = match.group(1), match.group(2), match.group(3)
        own = self._own(name)
        if sign == "=":
            # An empty default is there to be replaced: without the variables nothing is known.
            return own or rest or (None if own is None else "")
        if sign == "+":
            return None if own is None else (rest if own else "")
        if not own:
            self.needed.setdefault(name, []).append(path)
            return None
        return own

    def _own(self, name: str) -> str | None:
        """Return the value of a variable; None if it is not known."""
        if self.environ is None:
            return None
        return self.environ.get(name, None if self.open_ended else "")


def converted(text: str) -> Any:
    """Return what a release reads a substituted text as."""
    if text == "":
        return None
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
