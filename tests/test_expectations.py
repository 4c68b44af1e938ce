"""The table of expectations: ranges, and what the table says about every known release."""

from __future__ import annotations

import pytest
from packaging.version import Version

from conformance.core import expectations, releases
from conformance.core.expectations import ExpectationError, choose
from conformance.core.model import CouldNotObserveError, DriftError
from conformance.core.releases import RangeError, Release
from conformance.releases import proposals
from conformance.run import catalogue
from conformance.run.observation import Judge
from tests.examples import given
from tests.examples import strategies as st

LINE = releases.known()
VERSIONS = sorted({Version(release.version) for release in LINE})
MEASURABLE = [release for release in LINE if release.version != "0.7.1" or not release.broken]

bounds = st.sampled_from(VERSIONS)
some_release = st.sampled_from(LINE)


@given(bounds, bounds, some_release)
def test_a_range_is_from_and_below(low: Version, high: Version, release: Release) -> None:
    """`>=a,<b` covers the versions from a on and below b."""
    assert (low <= Version(release.version) < high) == release.within(f">={low},<{high}")


@given(bounds, some_release)
def test_two_halves_cover_everything_once(cut: Version, release: Release) -> None:
    """Exactly one of `<v` and `>=v` covers a release."""
    assert release.within(f"<{cut}") != release.within(f">={cut}")


@given(st.lists(bounds, min_size=1, max_size=4), some_release)
def test_alternatives_cover_what_any_covers(points: list[Version], release: Release) -> None:
    """`==a | ==b` covers a and b and nothing else."""
    assert (Version(release.version) in points) == release.within(
        " | ".join(f"=={point}" for point in points)
    )


@given(some_release)
def test_a_distribution_narrows_a_range(release: Release) -> None:
    """`ogx *` covers no llama-stack."""
    assert (release.distribution == "ogx") == release.within("ogx *")


@given(st.text(alphabet="0123456789.<>=!~,|* xogxlamstk-", max_size=20), some_release)
def test_any_text_is_a_range_or_is_refused(text: str, release: Release) -> None:
    """The parser gives an answer or a `RangeError`, never anything else."""
    try:
        answer = release.within(text)
    except RangeError:
        return
    assert answer in {True, False}


def test_a_gap_and_an_overlap_are_refused() -> None:
    """A release that no range, or more than one, covers is an error in the table."""
    release = releases.reference()
    for rows in ({"<0.5": "a"}, {"<0.6": "a", ">=0.5": "b"}):
        with pytest.raises(ExpectationError, match="exactly one must"):
            choose("some/check", rows, release)


@pytest.mark.parametrize("check", sorted(expectations.table()))
def test_every_row_says_one_thing_about_every_release(check: str) -> None:
    """The ranges of a check cover every known release, and a newer one, exactly once."""
    rows = expectations.table()[check]
    for release in (*LINE, Release("ogx", "99.0.0")):
        assert choose(check, rows, release)


def test_only_declared_outcomes_are_expected() -> None:
    """Every expected outcome is one its check declares, and every check has a row."""
    declared = {check.id: set(check.outcomes) for check in catalogue.checks(releases.reference())}
    table = expectations.table()
    odd = {
        check: text
        for check, rows in table.items()
        for text in rows.values()
        if not text.startswith(expectations.NOT_APPLICABLE)
        and text not in declared.get(check, set())
    }

    assert {} == odd
    assert set(declared) == set(table)


def test_nothing_is_expected_of_a_broken_release() -> None:
    """A release that boots nothing has a reason in place of every outcome."""
    expectation = choose("some/check", {"*": "answered"}, releases.find("ogx 0.7.1"))

    assert expectation.outcome is None
    assert "PackageNotFoundError" in (expectation.reason or "")


@given(st.lists(st.sampled_from("abc"), min_size=len(MEASURABLE), max_size=len(MEASURABLE)))
def test_proposed_ranges_say_what_was_measured(texts: list[str]) -> None:
    """Ranges made from measurements give each release its own outcome, and overlap nowhere."""
    measured = dict(zip(MEASURABLE, texts, strict=True))
    rows = proposals.ranges(measured)

    assert measured == {r: choose("some/check", rows, r).outcome for r in MEASURABLE}
    assert choose("some/check", rows, Release("ogx", "99.0.0")).outcome == texts[-1]
    assert len(set(texts)) == len(rows)


def test_a_row_is_rewritten_in_its_place() -> None:
    """Comments stay, untouched checks stay, new checks come last."""
    text = '# About.\n\n["a/one"]\n# why\n"*" = "x"\n\n["b/two"]\n"*" = "y"\n'

    made = proposals.rewritten(text, {"a/one": {"<0.5": "x", ">=0.5": "z"}, "c/new": {"*": "n"}})

    assert (
        '# About.\n\n["a/one"]\n# why\n"<0.5" = "x"\n">=0.5" = "z"\n\n["b/two"]\n"*" = "y"\n'
        '\n["c/new"]\n"*" = "n"\n'
    ) == made


def _drift(release: Release) -> str:
    topic = catalogue.topics()["tilde-path"]
    judge = Judge("tilde-path/bare-tilde-in-kv-store", topic, {"x": "X."}, release, "file::test")
    with pytest.raises(DriftError) as raised:
        judge("x", "seen")
    return " ".join(str(raised.value).split())


def test_a_newer_release_is_compared_with_the_last_known() -> None:
    """The message of a drift says since which release it was otherwise."""
    assert "up to ogx 1.5.0, the newest known)" in _drift(Release("ogx", "99.0.0"))
    assert "the newest known" not in _drift(releases.reference())


def test_a_check_observes_once() -> None:
    """A check that goes on after its observation is mistaken, and is told so."""
    topic, release = catalogue.topics()["tilde-path"], releases.reference()
    known = {"literal-directory": "It is."}
    judge = Judge("tilde-path/bare-tilde-in-kv-store", topic, known, release, "file::test")
    judge("literal-directory", "seen")

    with pytest.raises(CouldNotObserveError, match="has observed `literal-directory` before"):
        judge("literal-directory", "seen again")


MUTE = [release for release in LINE if releases.facts(release).mute]


def test_what_follows_from_no_chat_leaving_is_set_aside() -> None:
    """On a mute release, an outcome that its neighbours do not have says nothing of the trap."""
    rows = [
        {"id": "tilde-path/x", "verdict": "drift", "evidence": "", "observed": _seen(release)}
        for release in LINE
    ]
    runs = [
        {"distribution": r.distribution, "version": r.version, "report": {"checks": [row]}}
        for r, row in zip(LINE, rows, strict=True)
        if not r.broken
    ]
    found = proposals.rows({"runs": runs})["tilde-path/x"]

    for release in MUTE:
        assert releases.facts(release).mute == choose("tilde-path/x", found, release).reason
    assert "loud" == choose("tilde-path/x", found, releases.reference()).outcome


def _seen(release: Release) -> str:
    return "silent" if releases.facts(release).mute else "loud"
