"""Reduces a config to the few lines that one release starts with and another refuses.

A witness is for trying: what is not about the fault is taken out, and so is every secret. What it
shows is judged here without a release; `llama-conformance upgrade --witnesses` has the releases
start it.
"""

from __future__ import annotations

import copy
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from conformance.core import fields
from conformance.judge import judging, samples
from conformance.judge.finding import Effect
from conformance.judge.samples import NAME, NOWHERE
from conformance.schemas import reading
from conformance.schemas.parts import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.core.releases import Release
    from conformance.judge.finding import Finding, Path

LONGEST = 10  # lines
SECRET = "not-a-key"  # noqa: S105 - stands for one
VARIABLE = re.compile(r"\$\{env\.(?P<name>[A-Z0-9_]+)(?::=(?P<text>[^}]*)|:\+[^}]*)?\}")
INDEX = re.compile(r"\[\d+\]")
# With these at the top a config starts on every release: each reads one of them.
NAMES = {"image_name": NAME, "distro_name": NAME}


@dataclass(frozen=True, slots=True)
class Witness:
    """A config that one release starts with and a later one refuses, for the reason `what`."""

    config: Mapping[str, Any]
    what: str

    @property
    def text(self) -> str:
        """The config as the file that is to be tried, an API a line if it is long otherwise."""
        text = _dumped(self.config)
        return text if len(text.splitlines()) <= LONGEST else "".join(_short(self.config))


def _dumped(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(config), sort_keys=False, width=math.inf, default_flow_style=None)


def _short(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a config's text, in which the providers of an API are one line."""
    for key, value in config.items():
        if key == "providers":
            yield "providers:\n"
            yield from (f"  {_line(api, entries)}\n" for api, entries in value.items())
        else:
            yield f"{_line(key, value)}\n"


def _line(key: str, value: Any) -> str:
    """Return an entry of a mapping as one line of YAML."""
    flow = yaml.safe_dump({key: value}, sort_keys=False, width=math.inf, default_flow_style=True)
    return flow.strip()[1:-1]


def of_part(part: Part, old: Release, new: Release) -> Witness | None:
    """Return a witness of an API or provider type that is gone; None if none is known."""
    if part.kind:
        providers = samples.providers(part.api, part.kind, reading.of(old))
        expected = "unknown-provider-type", f"`{part.kind}` for `{part.api}`"
        return _shown({**NAMES, "providers": providers}, expected, old, new)
    expected = "unknown-api", f"`{part.api}`"
    bare = {**NAMES, "providers": {}}
    starts = ({**bare, "providers": {part.api: []}}, {**bare, "apis": [part.api]})
    return _first(_shown(start, expected, old, new) for start in starts)


def of_finding(
    config: Mapping[str, Any], finding: Finding, old: Release, new: Release
) -> Witness | None:
    """Return what is left of a config that shows a finding on a release, and not on an older one.

    None if the finding stops no start, or if ten lines do not show it.
    """
    if finding.effect is not Effect.REFUSED or finding.stops is None:
        return None
    plain = _plain(copy.deepcopy(dict(config)))
    starts = [_around(plain, [finding.path]), _around(plain, [finding.path, *finding.also]), plain]
    expected = finding.id, _alike(finding)
    found = _first(_shown(start, expected, old, new) for start in starts)
    part = _gone(config, finding)
    return found or (of_part(part, old, new) if part else None)


def _gone(config: Mapping[str, Any], finding: Finding) -> Part | None:
    """Return the API or provider type that a finding says is gone."""
    if finding.id == "unknown-api":
        return Part(finding.what.split("`")[1])
    if finding.id == "unknown-provider-type":
        _, api, index, _ = finding.path
        return Part(str(api), str(config["providers"][api][index]["provider_type"]))
    return None


def _first(found: Iterable[Witness | None]) -> Witness | None:
    return next((each for each in found if each is not None), None)


def _plain(value: Any, key: str = "") -> Any:
    """Return a value without secrets, and without variables."""
    if isinstance(value, dict):
        return {name: _plain(child, str(name)) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child, key) for child in value]
    if not isinstance(value, str):
        return value
    if fields.SECRET_NAME.fullmatch(key):
        return SECRET
    return VARIABLE.sub(_valued, value)


def _valued(found: re.Match[str]) -> str:
    otherwise = NOWHERE if found["name"].endswith(("URL", "BASE")) else NAME
    return found["text"] or otherwise


def _around(config: dict[str, Any], places: Iterable[Path]) -> dict[str, Any]:
    """Return the names, and of the sections that are about some places only these places."""
    made: dict[str, Any] = {**NAMES, "providers": {}}
    for first, *steps in (path for path in places if path and path[0] in config):
        section = str(first)
        value = config[section]
        if section == "providers" and steps and steps[0] in value:
            made["providers"][steps[0]] = value[steps[0]]
        elif section == "apis" and steps:
            made.setdefault("apis", []).append(value[steps[0]])
        elif section != "providers":
            made[section] = value
    return made


def _shown(
    config: dict[str, Any], expected: tuple[str, str], old: Release, new: Release
) -> Witness | None:
    """Return what is left of a config that shows a finding with an id, which says a text."""

    def shows(candidate: dict[str, Any]) -> Finding | None:
        stopping = [one for one in judging.findings(candidate, new, {}) if one.stops is not None]
        first = stopping[0] if stopping else None
        if first is None or first.id != expected[0] or expected[1] not in _alike(first):
            return None
        before = judging.findings(candidate, old, {})
        return None if any(one.stops is not None for one in before) else first

    if shows(config) is None:
        return None
    small = _reduced(config, shows)
    what = shows(small)
    witness = Witness(small, what.what if what else "")
    return witness if len(witness.text.splitlines()) <= LONGEST else None


def _alike(finding: Finding) -> str:
    """Return what a finding says, whatever place it has in its list."""
    return INDEX.sub("[]", finding.what)


def _reduced(
    config: dict[str, Any], shows: Callable[[dict[str, Any]], Finding | None]
) -> dict[str, Any]:
    """Return a config from which nothing more can be left out."""
    while (smaller := next(filter(shows, _smaller(config)), None)) is not None:
        config = smaller
    return config


def _smaller(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the config without each of its parts, the largest first."""
    for path in sorted(_paths(config), key=len):
        made = copy.deepcopy(config)
        parent: Any = made
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
        yield made


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, child in steps:
        yield (*path, step)
        if isinstance(child, dict | list):
            yield from _paths(child, (*path, step))
