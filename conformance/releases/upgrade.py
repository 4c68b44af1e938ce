"""Makes the upgrade report: the comparison by data, and the result for a user's own config."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from conformance.core import releases
from conformance.core.releases import Release
from conformance.releases import comparison, environments, matrix, schema_files
from conformance.releases.environments import EnvironmentsError

if TYPE_CHECKING:
    from conformance.releases.comparison import Side, Upgrade

LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a config on one release; `untried` says why there is none.

    `stubbed` says what this machine lacks, if providers were replaced by stubs for want of it.
    """

    release: Release
    header: str
    failure: str | None = None
    models: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    lacked: str = ""
    untried: str = ""
    stubbed: str = ""

    @property
    def came_up(self) -> bool:
        """Whether the release started with the config."""
        return not (self.failure or self.untried)


def compared(old: Release, new: Release) -> Upgrade:
    """Return what changes between two releases; two that are known are compared without a run.

    Raises `EnvironmentsError`, and `ExtractError` if an unknown release has no schema to be read.
    """
    return comparison.compare(_side(old), _side(new))


def named(name: str) -> Release:
    """Return a known release, or one of a version that nobody knows, written `ogx==9.9.9`.

    Raises `LookupError`.
    """
    try:
        return releases.find(name)
    except LookupError:
        distribution, _, version = name.partition("==")
        known = {release.version for release in releases.known()}
        if distribution not in releases.DISTRIBUTIONS or version in known or not _valid(version):
            raise
        return Release(distribution, version)


def _valid(version: str) -> bool:
    try:
        return str(Version(version)) == version
    except InvalidVersion:
        return False


def _side(release: Release) -> Side:
    """Return what is known of a release; one nobody knows is measured now."""
    if release in releases.known():
        return comparison.side(release)
    schema, packages = schema_files.read(release)
    run = matrix.run(matrix.Plan(chosen=(release,)))["runs"][0]
    if run["report"] is None:
        raise EnvironmentsError(f"{release} could not be observed: {run['reason']}")
    outcomes = {row["id"]: row["observed"] for row in run["report"]["checks"] if row["observed"]}
    return comparison.Side(release=release, outcomes=outcomes, schema=schema, packages=packages)


def tried(release: Release, text: str) -> Trial:
    """Have a release start a config, given as the text of its file, in its own environment."""
    header = releases.facts(release).header
    try:
        environment = environments.prepare(release)
    except EnvironmentsError as error:
        return Trial(release, header, untried=str(error))
    trouble = environment.not_installable or environment.not_importable
    if trouble:
        return Trial(release, header, untried=trouble)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "run.yaml"
        file.write_text(text, encoding="utf-8")
        done = environments.inside(environment.python, "run.trial.once", str(file), limit=LIMIT_S)
    return _read(release, header, done.stdout)


def _read(release: Release, header: str, printed: str) -> Trial:
    try:
        told: dict[str, Any] = json.loads(printed.strip().rpartition("\n")[2])
    except ValueError:
        return Trial(release, header, untried=f"no answer within {LIMIT_S:g} s")
    if "unobserved" in told:
        return Trial(release, header, untried=told["unobserved"])
    models, log = tuple(told["models"]), tuple(told["log"])
    return Trial(release, header, told["failure"], models, log, told["lacked"])
