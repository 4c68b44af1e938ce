"""The release line as data: every row is complete, and every fact has one value everywhere."""

from __future__ import annotations

import dataclasses

import pytest

from conformance.core import releases
from conformance.core.releases import DISTRIBUTIONS, Release
from conformance.releases import upgrade

KNOWN = pytest.mark.parametrize("release", releases.known(), ids=str)


def test_every_final_release_is_a_row() -> None:
    """llama-stack from 0.4.0 to 0.7.3 and ogx from 0.7.1 to 1.5.0, each once."""
    names = [str(release) for release in releases.known()]

    assert 41 == len(set(names)) == len(names)
    assert ["llama-stack 0.4.0", "ogx 1.5.0"] == [names[0], names[-1]]


@KNOWN
def test_rows_are_complete(release: Release) -> None:
    """A row has a known distribution and the moment it was published."""
    assert release.distribution in DISTRIBUTIONS
    assert release.published is not None
    assert release.published.utcoffset() is not None


MAY_BE_EMPTY = {"mute", "muted", "today", "listed_once"}


@KNOWN
def test_facts_have_one_value(release: Release) -> None:
    """Each fact has exactly one value on each release."""
    facts = dataclasses.asdict(releases.facts(release))

    assert all(value for name, value in facts.items() if name not in MAY_BE_EMPTY)


def test_the_module_follows_the_version() -> None:
    """Still `llama_stack` in ogx 0.7.1."""
    assert "llama_stack" == releases.facts(releases.find("ogx 0.7.1")).module
    assert "ogx" == releases.facts(releases.find("ogx 0.8.0")).module


def test_a_backport_is_newer_than_the_versions_behind_it() -> None:
    """0.4.7 was published after 0.7.1, and stands before 0.5.0 on the line."""
    order = {release.version: release for release in releases.known()}
    moments = [order[version].published for version in ("0.7.1", "0.4.7")]

    assert moments == sorted(moment for moment in moments if moment)
    assert order["0.4.7"].order < order["0.5.0"].order


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("0.5.1", "llama-stack 0.5.1"),
        ("0.7.1", "llama-stack 0.7.1"),
        ("ogx 0.7.1", "ogx 0.7.1"),
        ("ogx==1.5.0", "ogx 1.5.0"),
        ("1.5.0", "ogx 1.5.0"),
        ("latest", "ogx 1.5.0"),
    ],
)
def test_a_release_is_found_by_its_name(name: str, found: str) -> None:
    """A version alone that both distributions have is llama-stack's."""
    assert found == str(releases.find(name))


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "==", "0.5", "0.5.9", "v0.7.1", "0.7.1.0", "llama-stack", "ogx", "ogx=="),
        *("0.5.1 x", "ogx>=1.5.0", "LATEST"),
    ],
)
def test_no_release_is_made_up(name: str) -> None:
    """Any other name is refused, with the names that are like it, and where all are listed."""
    with pytest.raises(LookupError, match=r"`llama-conformance releases` lists them") as raised:
        releases.find(name)
    assert len(str(raised.value)) < 160
    assert ("did you mean 0.7.1" in str(raised.value)) is (name in {"v0.7.1", "0.7.1.0"})


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("ogx 0.5.1", "llama-stack 0.5.1"),
        ("llama-stack==1.5.0", "ogx 1.5.0"),
        ("v 0.7.1", "llama-stack 0.7.1 or ogx 0.7.1"),
    ],
)
def test_a_version_of_another_name_is_told(name: str, there: str) -> None:
    """A version under a name that has not published it is refused, with the name that has."""
    with pytest.raises(LookupError, match=f"is no known release; that version is {there}$"):
        releases.find(name)


def test_a_refused_name_makes_one_line() -> None:
    """Line breaks in a name do not reach the message."""
    with pytest.raises(LookupError) as error:
        releases.find("0.5\n1")

    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["llama-stack==1.5.0", "ogx==0.5.1", "ogx==", "ogx==abc", "ogx==9.9 ", "ogx==9.9;x"]
)
def test_a_report_is_not_begun_for_what_no_index_can_have(name: str) -> None:
    """A version nobody knows is looked for, but not one of another name, or none that is one."""
    with pytest.raises(LookupError):
        upgrade.named(name)

    assert Release("ogx", "9.9.9") == upgrade.named("ogx==9.9.9")


def test_a_newer_release_has_the_newest_facts() -> None:
    """What nobody knows yet is met as the last known release is."""
    newer = Release("ogx", "99.0.0")

    assert releases.facts(releases.find("latest")) == releases.facts(newer)
