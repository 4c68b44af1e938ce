"""A run on other packages than those measured with says so, and only then."""

from __future__ import annotations

from conformance.core import measured, releases
from conformance.releases import surfaces
from conformance.run import report

REFERENCE = releases.reference()


def test_the_reference_environment_is_the_one_measured() -> None:
    """Here nothing deciding differs from what the release was measured with."""
    assert measured.differences(REFERENCE, report.packages()) == []


def test_another_minor_version_is_told() -> None:
    """A newer SDK is one line; a patch of the same minor version is none."""
    then = measured.packages(REFERENCE)["openai"]
    major, minor, *_ = then.split(".")

    assert measured.differences(REFERENCE, {"openai": f"{major}.{minor}.99"}) == []
    assert measured.differences(REFERENCE, {"openai": "99.0"}) == [
        f"openai 99.0 here, measured with {then}"
    ]


def test_every_release_with_a_surface_has_its_packages() -> None:
    """The file agrees with what was read in each release's environment."""
    known = [release for release in releases.known() if surfaces.file(release).exists()]
    packages = {str(release): surfaces.read(release)["packages"] for release in known}

    assert measured.FILE.read_text(encoding="utf-8") == measured.text(packages)
