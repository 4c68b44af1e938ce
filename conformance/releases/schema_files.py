"""Writes what is read from each release in its environment: its schema, and its packages."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import measured, releases
from conformance.releases import environments
from conformance.schemas import extract, reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.core.releases import Release


def write(chosen: Iterable[Release]) -> bool:
    """Write the schemas and packages of releases, and return whether any has changed.

    Raises `EnvironmentsError`, and `ExtractError` for a release that cannot be read.
    """
    pythons = [(release, _python(release)) for release in chosen]
    found = {str(release): measured.all_packages(release) for release in releases.known()}
    found |= {str(release): packages(python) for release, python in pythons}
    text = measured.text({name: each for name, each in found.items() if each})
    changed = text != measured.FILE.read_text(encoding="utf-8")
    measured.FILE.write_text(text, encoding="utf-8")
    return extract.write(pythons) or changed


def _python(release: Release) -> str:
    environment = environments.prepare(release)
    trouble = environment.not_installable or environment.not_importable
    if trouble:
        raise extract.ExtractError(f"{release}: {trouble}")
    return environment.python


def packages(python: str) -> dict[str, str]:
    """Return the packages of an interpreter's environment, with their versions."""
    places = [str(place) for place in Path(python).parents[1].glob("lib/python3*/site-packages")]
    return {each.name.lower(): each.version for each in distributions(path=places)}


def read(release: Release) -> tuple[reading.Schema, dict[str, str]]:
    """Return the schema and packages of a release that is not known yet.

    Raises `EnvironmentsError`, and `ExtractError` if it cannot be read.
    """
    python = _python(release)
    return reading.Schema(release, extract.extracted(release, python)), packages(python)
