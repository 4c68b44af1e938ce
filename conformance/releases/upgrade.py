"""The upgrade report: the comparison by data, and what becomes of a user's own config."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.releases import Release
from conformance.releases import comparison, environments, matrix, surfaces
from conformance.releases.environments import EnvironmentsError
from conformance.stack import configs

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.releases.comparison import Side, Upgrade

LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a config on one release."""

    release: Release
    header: str
    failure: str | None
    models: tuple[str, ...]
    log: tuple[str, ...]


def report(old: Release, new: Release, config: Path | None) -> tuple[Upgrade, list[Trial]]:
    """Return what changes between two releases and, given a config, what becomes of it on both.

    Two known releases are compared by what is known of them, without running anything. Raises
    `ConfigError`, `SurfaceError` and `EnvironmentsError`.
    """
    mapping = None if config is None else configs.read(config)
    compared = comparison.compare(_side(old), _side(new), mapping)
    trials = [] if config is None else [tried(release, config) for release in (old, new)]
    return compared, trials


def named(name: str) -> Release:
    """Return a known release, or one newer than all known, written `ogx==9.9.9`.

    Raises `LookupError`.
    """
    try:
        return releases.find(name)
    except LookupError:
        distribution, _, version = name.partition("==")
        if version and distribution in releases.DISTRIBUTIONS:
            return Release(distribution, version)
        raise


def _side(release: Release) -> Side:
    """Return what is known of a release; one nobody knows is measured now."""
    if release in releases.known():
        return comparison.side(release)
    surface: dict[str, Any] = json.loads(surfaces.extract(release))
    run = matrix.run(matrix.Plan(chosen=(release,)))["runs"][0]
    if run["report"] is None:
        raise EnvironmentsError(f"{release} could not be observed: {run['reason']}")
    outcomes = {row["id"]: row["observed"] for row in run["report"]["checks"] if row["observed"]}
    return comparison.Side(
        release=release, outcomes=outcomes, surface=surface, packages=surface["packages"]
    )


def tried(release: Release, config: Path) -> Trial:
    """Boot a config on a release, in the release's own environment. Raises `EnvironmentsError`."""
    environment = environments.prepare(release)
    header = releases.facts(release).header
    trouble = environment.not_installable or environment.not_importable
    if trouble:
        return Trial(release, header, trouble, (), ())
    done = environments.inside(environment.python, "trial", str(config.resolve()), limit=LIMIT_S)
    try:
        told = json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError:
        return Trial(release, header, f"no answer within {LIMIT_S:g} s", (), ())
    return Trial(release, header, told["failure"], tuple(told["models"]), tuple(told["log"]))
