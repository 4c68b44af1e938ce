"""Judges a config for a release: every finding, in the order in which they stop a start.

Static: nothing is started, no stack is imported. What a release does is known from its schema
(`conformance.schemas`) and from what the gotchas' checks observed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from conformance.judge import (
    apis,
    exposures,
    field_validators,
    fixed_models,
    gotchas,
    keys,
    moves,
    provider_types,
    providers,
    references,
    registrations,
    resources,
    rewriting,
    server_auth,
    stack_rules,
    storage,
    written,
)
from conformance.judge.case import Case, providers_of
from conformance.judge.environment import Substitution
from conformance.judge.finding import Effect, Finding, Level
from conformance.schemas import as_json_schema, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Release

FEW = 100
WEIGHTS = {Effect.REFUSED: 2, Effect.IGNORED: 1}  # of what tells that a release is the wrong one
SEVERITY = (Level.NOTE, Level.WARNING, Level.ERROR)
BY_SCHEMA = (
    stack_rules.findings,
    server_auth.findings,
    apis.findings,
    provider_types.findings,
    storage.findings,
    providers.findings,
    resources.findings,
    registrations.findings,
    fixed_models.findings,
    references.findings,
)
RULES = (*BY_SCHEMA, exposures.findings, gotchas.findings)


def findings(
    config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
) -> list[Finding]:
    """Return all that is wrong with a config on a release, what stops a start first.

    `environ` are the variables of the start; None if they are not known, and then nothing is said
    of what depends on them. What is wrong only because a variable is not set is a warning that
    `hangs`. Raises `LookupError` if the release is older than all known ones.
    """
    found = _judged(config, release, environ)
    if environ is None or not any(one.level is Level.ERROR for one in found):
        return found
    certain = {(one.id, one.path) for one in _judged(config, release, environ, open_ended=True)}
    return [
        replace(one, level=min(one.level, Level.WARNING, key=SEVERITY.index), hangs=True)
        if (one.id, one.path) not in certain
        else one
        for one in found
    ]


def refused(
    config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
) -> set[str]:
    """Return what a release refuses whatever the unset variables are, and no cure mends.

    Raises `LookupError` if the release is older than all known ones.
    """
    found = _judged(config, release, environ, open_ended=True)
    certain = (one for one in found if one.level is Level.ERROR and not one.edits)
    return {one.what for one in certain if one.effect is Effect.REFUSED}


def _judged(
    config: Mapping[str, Any],
    release: Release,
    environ: Mapping[str, str] | None,
    *,
    open_ended: bool = False,
) -> list[Finding]:
    substitution = Substitution(environ, reading.of(release), open_ended=open_ended)
    case = _case(config, substitution)
    found = list(written.findings(case, substitution))
    for rule in RULES:
        found += rule(case)
    return sorted(keys.joined(found), key=lambda one: math.inf if one.stops is None else one.stops)


def _case(config: Mapping[str, Any], substitution: Substitution) -> Case:
    plain, schema = dict(config), substitution.schema
    values = stack_rules.prepared(substitution.value(plain), schema, plain)
    substituted = frozenset(substitution.changed)
    known = None if substitution.open_ended else substitution.environ
    return Case(values, plain, schema, substituted, tuple(providers_of(values)), known)


def rewritings(config: Mapping[str, Any], release: Release) -> list[Finding]:
    """Return what a migration to a release rewrites, beyond what every repair cures.

    Raises `LookupError` if the release is older than all known ones.
    """
    case = _case(config, Substitution(None, reading.of(release)))
    return list(rewriting.rewritings(case, _judged(config, release, None)))


def written_for(config: Mapping[str, Any]) -> Release:
    """Return the release that a config seems written for: the newest of those it fits best."""
    excerpt = _excerpt(dict(config))
    trials = [
        (0, age, release, _costs(excerpt, release)) for age, release in enumerate(_candidates())
    ]
    while True:
        _, age, release, costs = heappop(trials)
        cost = next(costs, None)
        if cost is None:  # all others cost as much already, and cost only grows
            return release
        heappush(trials, (cost, age, release, costs))


def _excerpt(value: Any) -> Any:
    """Return a value whose lists have few entries: more of them tell no more of the era."""
    if isinstance(value, dict):
        return {key: _excerpt(child) for key, child in value.items()}
    return [_excerpt(child) for child in value[:FEW]] if isinstance(value, list) else value


def _candidates() -> list[Release]:
    """Return the newest release of each minor version, newest first."""
    newest = {}
    for release in reading.line():
        newest[release.distribution, release.order[0].release[:2]] = release
    return sorted(newest.values(), key=lambda release: release.order, reverse=True)


def _costs(config: Mapping[str, Any], release: Release) -> Iterator[int]:
    """Yield how ill a release fits a config, as far as it is known, after each rule."""
    deprecated = "image_name" in config and "distro_name" not in config
    late = deprecated and not release.within("<0.5")
    substitution = Substitution(None, reading.of(release))
    case = _case(config, substitution)
    found = list(written.findings(case, substitution))
    for rule in BY_SCHEMA:
        found += rule(case)
        yield late + sum(WEIGHTS.get(one.effect, 0) for one in keys.joined(found))


def json_schema(release: Release) -> dict[str, Any]:
    """Return the JSON Schema of a release's config, keys that moved marked as deprecated.

    Raises `LookupError` if the release is older than all known ones.
    """
    moved = moves.deprecations(reading.of(release))
    return as_json_schema.json_schema(release, moved, field_validators.as_json_schema)
