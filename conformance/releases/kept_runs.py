"""Keeps the result of the suite on one release until something changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.releases import suite_copy
from conformance.releases.rejudging import set_aside

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.core.releases import Release
    from conformance.releases.environments import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The result of the suite on one release: its report, or why there is none."""

    distribution: str
    version: str
    published: str | None
    status: str
    reason: str = ""
    seconds: float = 0.0
    report: dict[str, Any] | None = None


def row(release: Release, status: str, reason: str) -> Run:
    """Return the row of a release, without a report."""
    return Run(
        distribution=release.distribution,
        version=release.version,
        published=release.published.strftime("%Y-%m-%dT%H:%M:%SZ") if release.published else None,
        status=status,
        reason=reason,
    )


def key_of(release: Release, environment: Environment) -> str:
    """Return a digest of all that a run depends on."""
    parts = (suite_copy.digest(), releases.facts(release), environment.fingerprint)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def kept_file(release: Release, resolve: str) -> Path:
    """Return where the run of a release is kept."""
    name = f"{release.distribution}-{release.version}.json"
    return suite_copy.cache_directory() / "matrix" / resolve / name


def keep(file: Path, key: str, run: Run, release: Release) -> None:
    """Keep a run until something it depends on changes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = sorted(set_aside(run.report or {"checks": []}, release))
    noted = {"key": key, "aside": aside, "run": asdict(run)}
    file.write_text(json.dumps(noted), encoding="utf-8")


def kept_run(file: Path, key: str, release: Release) -> Run | None:
    """Return the kept run, unless it depends on what has changed or left out what is wanted now."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if kept["key"] != key:
        return None
    run = Run(**kept["run"])
    still_aside = set_aside(run.report or {"checks": []}, release)
    return run if still_aside.issuperset(kept["aside"]) else None
