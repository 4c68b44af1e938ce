"""Defines what a run examines: the release, by the suite's own config, or the user's config."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from conformance import shipped
from conformance.core import fields, redaction
from conformance.core.model import SubjectName
from conformance.run.routes import Route, routes
from conformance.stack import configs, variables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from conformance.core.releases import Facts
    from conformance.stack.configs import Config

# Where stores write; below a sandbox's home they are the same for the stack, and nobody's data.
FILE, DIRECTORIES = "db_path", frozenset({"storage_dir", "persist_directory", "persist_dir"})
OUTSIDE = "outside-the-home"
DEFAULTS = "defaults"  # the directory of databases that the config does not name
DEFAULT_BACKENDS = ("kv_default", "sql_default")  # what stores use that the config does not name
NEVER_PASSED = frozenset({"HOME"})  # every boot has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of the two: what is booted, with which variables, and the ways through it to vendors.

    `file` is booted as it is wherever a check does not change the config; without one, the config
    is. `unset` are variables without which it cannot start, `empty` those
    whose default is empty too.
    """

    name: SubjectName
    config: Config
    file: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    routes: tuple[Route, ...] = ()
    unset: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is the user's config."""
        return self.name is SubjectName.CONFIG

    @property
    def asks_for_tokens(self) -> bool:
        """Whether its callers need a token for the gateway itself."""
        return bool(_section(self.config, "server").get("auth"))

    @property
    def is_pure(self) -> bool:
        """Whether all of its inference providers only pass on what callers send."""
        found = _section(self.config, "providers").get("inference")
        entries = found if isinstance(found, list) else ()
        kinds = [each.get("provider_type") for each in entries if isinstance(each, dict)]
        return bool(kinds) and set(kinds) == {configs.PASSTHROUGH}

    def passing(self, vendor: str) -> list[Route]:
        """Return the ways to a vendor through `remote::passthrough`, in the config's order."""
        passing = (route for route in self.routes if route.kind == configs.PASSTHROUGH)
        return [route for route in passing if route.vendor == vendor]

    @property
    def knows_vendors(self) -> bool:
        """Whether each way leads to a vendor of whom it is known what it does without a key."""
        return all(route.vendor for route in self.routes)

    def names_api(self, name: str) -> bool:
        """Whether the config asks for this API itself, under `apis` or `providers`."""
        listed = self.config.get("apis")
        return name in (listed if isinstance(listed, list) else ()) or name in _section(
            self.config, "providers"
        )

    @property
    def registered(self) -> list[tuple[str, str]]:
        """Provider and model of every entry in `registered_resources.models`, in its order."""
        found = _section(self.config, "registered_resources").get("models")
        return [
            (self._text(entry, "provider_id"), self._text(entry, "model_id"))
            for entry in (found if isinstance(found, list) else ())
            if isinstance(entry, dict) and self._text(entry, "provider_id")
        ]

    def _text(self, entry: Config, name: str) -> str:
        return variables.replaced(str(entry.get(name) or ""), self.variables)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of its secret fields that are long enough to be looked for anywhere."""
        values = (variables.replaced(v, self.variables) for v in fields.secrets(self.config))
        return tuple(value for value in dict.fromkeys(values) if len(value) >= redaction.SHORTEST)

    def text(self, home: Path) -> str | None:
        """Return the file's text with stores outside the home put below it; None if there are none.

        A file without `storage` names them: its boots would share what the stack fixed on import.
        Raises `OSError` if the file cannot be read.
        """
        raws = "|".join(re.escape(raw) for raw in _outside(self.config, self.variables))
        if self.file is None or not (raws or "storage" not in self.config):
            return None
        text = self.file.read_text(encoding="utf-8")
        if "storage" not in self.config:
            text = _with_storage(text, home)
        if not raws:
            return text
        moved = str(home / OUTSIDE).replace("\\", "\\\\")
        return re.sub(rf"(?<=[\s\"':])(?:{raws})(?=[\s\"',}}\]]|$)", rf"{moved}\g<0>", text)

    def moved(self, config: Config, home: Path) -> Config:
        """Return a config made of this one, with the same stores put below the home."""
        outside = set(_outside(self.config, self.variables))
        found: Config = _moved(config, outside, str(home / OUTSIDE))
        return {"storage": default_storage(home), **found}

    def stores(self, home: Path, cwd: Path) -> list[Path]:
        """Return where the config's database files are, for a boot in these directories."""
        return [path for path, name in self._places(home, cwd) if name == FILE]

    def directories(self, home: Path, cwd: Path) -> list[Path]:
        """Return the directories that the config's stores are made in, for the same boot."""
        places = self._places(home, cwd)
        return [path.parent if name == FILE else path for path, name in places]

    def _places(self, home: Path, cwd: Path) -> list[tuple[Path, str]]:
        whole = {"storage": default_storage(home), **self.config}
        backends = _section(whole, "storage", "backends")
        used = {*_values(self.config, "backend"), *DEFAULT_BACKENDS}
        left_out = [each for name, each in backends.items() if name not in used]
        unused = {raw for raw, _name in _paths(left_out)}
        outside = set(_outside(self.config, self.variables))
        seen = {**self.variables, "HOME": str(home)}
        found = []
        for raw, name in dict.fromkeys(_paths(whole)):
            if raw not in unused:
                path = variables.replaced(raw, seen)
                path = f"{home}{path[1:]}" if path.startswith("~/") else path  # as it is meant
                path = f"{home / OUTSIDE}{path}" if raw in outside else path
                found.append((cwd / path, name))
        return found


def of_release(facts: Facts, environ: Mapping[str, str]) -> Subject:
    """Return the release, shown with the suite's own config."""
    config = configs.fitted(configs.read(shipped("run.yaml")), facts)
    return Subject(name=SubjectName.RELEASE, config=config, routes=routes(config, environ))


def of_config(file: Path, environ: Mapping[str, str]) -> Subject:
    """Return the user's config. Raises `ConfigError`."""
    config = configs.read(file)
    wanted = variables.named(config) - NEVER_PASSED
    passed = {name: environ[name] for name in sorted(wanted) if name in environ}
    return Subject(
        name=SubjectName.CONFIG,
        config=config,
        file=file,
        variables=passed,
        routes=routes(config, environ),
        empty=tuple(variables.empty(config, passed)),
        unset=tuple(variables.unset(config, {**passed, "HOME": os.environ.get("HOME", "/")})),
    )


def default_storage(home: Path) -> Config:
    """Return the backends that a config without any has, below a home."""
    kinds = {"kv_default": "kv_sqlite", "sql_default": "sql_sqlite"}
    return {
        "backends": {
            name: {"type": kind, "db_path": str(home / DEFAULTS / f"{name}.db")}
            for name, kind in kinds.items()
        }
    }


def _with_storage(text: str, home: Path) -> str:
    """Return the text of a config with its backends named; as it is, if nothing can be appended."""
    added = yaml.safe_dump({"storage": default_storage(home)}, sort_keys=False)
    made = f"{text.rstrip()}\n{added}"
    try:
        return made if "storage" in yaml.safe_load(made) else text
    except yaml.YAMLError:
        return text


def _section(config: Config, *names: str) -> Config:
    """Return a section of a config, or an empty one if there is none that is a mapping."""
    found: Any = config
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _paths(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the paths of stores in a parsed config, as they are written, and their fields."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name in {FILE, *DIRECTORIES} and isinstance(child, str) and child != ":memory:":
                yield child, name
            else:
                yield from _paths(child)
    elif isinstance(value, list):
        for child in value:
            yield from _paths(child)


def _moved(value: Any, outside: Collection[str], there: str) -> Any:
    if isinstance(value, dict):
        return {
            name: there + child
            if name in {FILE, *DIRECTORIES} and child in outside
            else _moved(child, outside, there)
            for name, child in value.items()
        }
    return [_moved(child, outside, there) for child in value] if isinstance(value, list) else value


def _values(value: Any, field: str) -> Iterator[str]:
    """Yield what all fields of a name hold, at any depth."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for name, child in children:
        if name == field and isinstance(child, str):
            yield child
        elif isinstance(child, dict | list):
            yield from _values(child, field)


def _outside(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the store paths that are absolute whatever the home is, longest first."""
    seen = {**environ, "HOME": ""}
    for raw in sorted({raw for raw, _ in _paths(config)}, key=len, reverse=True):
        path = variables.replaced(raw, seen)
        if path.startswith("/") and "${env.HOME}" not in raw:
            yield raw
