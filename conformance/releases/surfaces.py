"""Reads, writes and compares the config schema of every release, which is data in `surface/`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from conformance import PACKAGE
from conformance.core import measured, releases
from conformance.releases import environments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.core.releases import Release

DIRECTORY = PACKAGE / "releases" / "surface"
LIMIT_S = 120.0

Surface = dict[str, Any]


class SurfaceError(Exception):
    """A release's surface is not there or cannot be read from it; the message is for a person."""


def file(release: Release) -> Path:
    """Return where a release's surface is kept."""
    return DIRECTORY / f"{release.distribution}-{release.version}.json"


def read(release: Release) -> Surface:
    """Return the surface of a known release. Raises `SurfaceError` if it was never extracted."""
    try:
        found: Surface = json.loads(file(release).read_text(encoding="utf-8"))
    except OSError as error:
        raise SurfaceError(f"no surface of {release}; `make surface` extracts it") from error
    return found


def extract(release: Release) -> str:
    """Return the surface read from the release's environment. Raises `SurfaceError`."""
    environment = environments.prepare(release)
    trouble = environment.not_installable or environment.not_importable
    if trouble:
        raise SurfaceError(f"{release}: {trouble}")
    done = environments.inside(environment.python, "surface_inside", limit=LIMIT_S)
    if done.returncode:
        raise SurfaceError(f"{release}: {' '.join(done.stderr.split())[-300:]}")
    return done.stdout


def write(chosen: Iterable[Release], jobs: int) -> list[Release]:
    """Write the surfaces of releases; return those that changed. Raises `SurfaceError`."""
    DIRECTORY.mkdir(exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        changed = [release for release in pool.map(_written, chosen) if release is not None]
    known = (release for release in releases.known() if file(release).exists())
    packages = {str(release): read(release)["packages"] for release in known}
    measured.FILE.write_text(measured.text(packages), encoding="utf-8")
    return changed


def _written(release: Release) -> Release | None:
    text = extract(release)
    target = file(release)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return None
    target.write_text(text, encoding="utf-8")
    return release


def check() -> None:
    """Compare the installed release with its file. Raises `SurfaceError` if they differ.

    Versions of packages are left out: they are those of this environment.
    """
    from conformance.releases import surface_inside  # noqa: PLC0415 - loads the stack

    release = releases.installed()
    now, kept = json.loads(surface_inside.installed()), read(release)
    differing = [part for part in now if part != "packages" and now[part] != kept.get(part)]
    if differing:
        raise SurfaceError(
            f"{file(release).name} is out of date in: {', '.join(differing)}; "
            f"`make surface RELEASES={release.distribution}=={release.version}` writes it again"
        )
