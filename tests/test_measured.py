"""A run on other packages than those measured with says so, and only then."""

from __future__ import annotations

import sys

from conformance.core import measured, releases
from conformance.releases import schema_files
from conformance.run.report import document

REFERENCE = releases.reference()
BROKEN = {str(release) for release in releases.known() if release.broken}


def test_the_reference_environment_is_the_one_measured() -> None:
    """Here nothing deciding differs from what the release was measured with."""
    assert measured.differences(REFERENCE, document.packages()) == []


def test_another_minor_version_is_told() -> None:
    """A newer SDK is one line; a patch of the same minor version is none."""
    then = measured.packages(REFERENCE)["openai"]
    major, minor, *_ = then.split(".")

    assert measured.differences(REFERENCE, {"openai": f"{major}.{minor}.99"}) == []
    assert measured.differences(REFERENCE, {"openai": "99.0"}) == [
        f"openai 99.0 here, measured with {then}"
    ]


def test_every_release_has_its_packages() -> None:
    """What was read in each release's environment is kept, in the form it is written in."""
    kept = {str(release): measured.all_packages(release) for release in releases.known()}

    assert measured.FILE.read_text(encoding="utf-8") == measured.text(kept)
    assert all("openai" in packages for name, packages in kept.items() if name not in BROKEN)


def test_packages_are_read_from_an_environment() -> None:
    """The environment of an interpreter says what it holds."""
    found = schema_files.packages(sys.executable)

    assert measured.installed().items() <= found.items()
