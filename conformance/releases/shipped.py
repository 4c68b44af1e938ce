"""Finds the configs that a release ships, and the interpreter that has the release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.releases import environments, suite_copy
from conformance.schemas import reading

if TYPE_CHECKING:
    from conformance.core.releases import Release


def named(name: str) -> Release:
    """Return a release by its name, one older than the suite runs on too. Raises `LookupError`."""
    return reading.find(name)


def python(release: Release) -> str:
    """Return the interpreter of a release's environment; make that if need be.

    Raises `EnvironmentsError`.
    """
    if release not in reading.EARLIER:
        made = environments.prepare(release)
        if trouble := made.not_installable or made.not_importable:
            raise environments.EnvironmentsError(f"{release}: {trouble}")
        return made.python
    place = suite_copy.cache_directory() / "environments" / reading.name_of(release)
    kept = place / "bin" / "python"
    if not kept.exists():
        raise environments.EnvironmentsError(f"{release}: install it in {place} first")
    return str(kept)


def files(interpreter: str | Path) -> list[Path]:
    """Return the configs in the package of the release that an interpreter has."""
    library = Path(interpreter).parents[1] / "lib"
    found = sorted(library.glob("python3*/site-packages/*/distributions/**/*.yaml"))
    return [file for file in found if _is_config(file)]


def loaded(file: Path) -> Any:
    """Return the data of a YAML file."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _is_config(file: Path) -> bool:
    data = loaded(file)
    return isinstance(data, dict) and "providers" in data and "distribution_spec" not in data
