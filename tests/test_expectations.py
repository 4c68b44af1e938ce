"""The table of expectations: ranges, and what the table says about every known release."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from conformance.core import expectations, measured, releases
from conformance.core.expectations import Expectation, ExpectationError, choose, expected
from conformance.core.model import CouldNotObserveError, DriftError
from conformance.core.needs import NeedError
from conformance.core.releases import RangeError, Release
from conformance.releases import proposals
from conformance.run import catalogue
from conformance.run.observation import Judge
from tests.support.examples import given
from tests.support.examples import strategies as st
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "|", ">=0.7 |", "0.7", "v0.7.1", "==", "ogx", "ogx >", "ogx==0.7.1"),
        *("llama-stack==1.5.0", "llama_stack >=0.7", "ogxx ==0.7.1", "OGX ==0.7.1", "<0.5 | 0.7"),
    ],
)
def test_what_is_no_range_covers_nothing_and_says_so(text: str) -> None:
    """A misspelt range is refused on every release, also behind an alternative that fits."""
    for release in LINE:
        with pytest.raises(RangeError, match="is not a range of releases"):
            release.within(text)


def test_two_providers_of_one_vendor_are_expected_to_do_the_same() -> None:
    """What is expected of a check that every provider is asked goes by the vendor it leads to."""
    second = [check.id for check in catalogue.declared() if check.id.endswith("-openai-mini")]
    first = [each.removesuffix("-mini") for each in second]

    assert len(second) > 5
    assert [*map(expectations.rows_of, first)] == [*map(expectations.rows_of, second)]


@given(bounds, bounds, some_release, st.sampled_from(["", " "]))
def test_blanks_in_a_range_mean_nothing(
    low: Version, high: Version, release: Release, blank: str
) -> None:
    """`>= a, < b` covers what `>=a,<b` does, and so it does behind a distribution."""
    plain, spaced = f">={low},<{high}", f">={blank}{low},{blank}<{blank}{high}"

    assert release.within(plain) == release.within(spaced)
    assert release.within(f"ogx {plain}") == release.within(f"ogx {blank}{spaced}")


def test_a_misspelt_row_is_told_in_one_line(tmp_path: Path) -> None:
    """The checks and the commands end with a usage error, and with no traceback."""
    for name in ("conformance", "cassettes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("run.yaml", "pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    rows = tmp_path / "conformance" / "gotchas" / "telemetry_removed" / expectations.FILE
    rows.write_text('["*"]\n"ogxx ==0.7.1" = "boots"\n', encoding="utf-8")
    where = {**os.environ, "PYTHONPATH": str(tmp_path)}

    for words, status in (
        (["pytest", "-q", str(rows.parent)], pytest.ExitCode.USAGE_ERROR),
        (["conformance", "list"], 2),
    ):
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", *words],
            check=False,
            env=where,
            cwd=tmp_path,
            text=True,
            capture_output=True,
        )
        printed = done.stdout + done.stderr
        assert status == done.returncode, printed
        assert "`ogxx ==0.7.1` is not a range of releases" in printed
        assert "Traceback" not in printed
        assert "INTERNALERROR" not in printed


def test_an_overlap_is_refused() -> None:
    """Two ranges that cover one release are an error in the file."""
    with pytest.raises(ExpectationError, match=r"2 ranges cover llama-stack 0\.5\.1"):
        choose("some/check", {"<0.6": "a", ">=0.5": "b"}, releases.reference())


def test_a_release_that_no_range_covers_is_not_measured() -> None:
    """A gap is no expectation: neither an outcome nor a reason."""
    assert Expectation() == choose("some/check", {"<0.5": "a"}, releases.reference())


@pytest.mark.parametrize("slug", sorted(catalogue.topics()))
def test_rows_say_at_most_one_thing_about_every_release(slug: str) -> None:
    """The ranges of a check do not overlap, on any known release or a newer one."""
    for check, rows in expectations.table(slug).items():
        for release in (*LINE, Release("ogx", "99.0.0")):
            assert choose(check, rows, release)


def test_only_declared_outcomes_are_expected() -> None:
    """Every expected outcome is one its check declares, and every check has a row."""
    rows = {check.id: expectations.rows_of(check.id) for check in catalogue.declared()}
    declared = {check.id: set(check.outcomes) for check in catalogue.declared()}
    odd = {
        check: text
        for check, own in rows.items()
        for text in own.values()
        if not text.startswith(expectations.NOT_APPLICABLE) and text not in declared[check]
    }

    assert {} == odd
    assert [] == [check for check, own in rows.items() if not own]


def test_every_row_belongs_to_a_check() -> None:
    """A file of expectations names no check that is gone."""
    names = {check.id for check in catalogue.declared()}
    stray = [
        f"{slug}/{pattern}"
        for slug in catalogue.topics()
        for pattern in expectations.table(slug)
        if not any(
            fnmatchcase(name, f"{slug}/{pattern.partition(measured.WITH)[0]}") for name in names
        )
    ]

    assert [] == stray


def test_the_longest_pattern_decides() -> None:
    """A check has its own rows before those of a pattern, and those of a closer pattern first."""
    assert expectations.table("chat")["streamed-usage-*"] == expectations.rows_of(
        "chat/streamed-usage-openai"
    )
    assert expectations.table("chat")["streamed-*"] == expectations.rows_of("chat/streamed-openai")


def test_what_a_release_lacks_sets_a_check_aside() -> None:
    """A check that needs a chat is not asked of a release that lets none leave."""
    mute = next(release for release in LINE if measured.mute(release))

    assert expected("chat/x", mute, {"chat"}).reason == measured.mute(mute)
    with pytest.raises(NeedError, match="unknown needs: telepathy"):
        expected("chat/x", mute, {"telepathy"})


@pytest.mark.parametrize(
    ("name", "sdk", "leaves"),
    [
        ("0.6.1", "3.57.0", True),
        ("0.7.1", "", True),
        ("0.7.1", "2.33.0", True),
        ("0.7.1", "2.34.0", False),
        ("ogx 0.8.0", "3.57.0", False),
        ("0.7.2", "", False),
        ("0.7.2", "2.33.0", False),  # nobody has measured what it does there
        ("ogx 1.2.2", "3.57.0", True),
    ],
)
def test_whether_chats_leave_depends_on_the_sdk(name: str, sdk: str, leaves: bool) -> None:  # noqa: FBT001
    """From 0.7.0 until 1.2.2 no chat leaves a release beside openai 2.34 or newer."""
    here = {"openai": sdk} if sdk else None
    reason = expected("chat/x", releases.find(name), {"chat"}, here).reason

    assert (reason is None) == leaves
    assert leaves or "no chat of `remote::passthrough` leaves it beside `openai>=2.34`" in str(
        reason
    )


@pytest.mark.parametrize("name", ["0.7.0", "0.7.1", "ogx 0.8.0"])
def test_what_the_sdk_does_to_a_release_is_expected(name: str) -> None:
    """Beside a newer SDK a chat ends in an error; what it has no part in stays as measured."""
    release, newer = releases.find(name), {"openai": "3.57.0"}
    both = [expected("chat/plain-openai", release, (), here).outcome for here in (None, newer)]
    listed = [expected("model-list/one-model", release, (), here) for here in (None, newer)]

    assert both == ["answered", "server-error"]
    assert listed[0] == listed[1]


def test_nothing_is_expected_of_a_broken_release() -> None:
    """A release that boots nothing has a reason in place of every outcome."""
    expectation = expected("chat/plain-openai", releases.find("ogx 0.7.1"))

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


def test_a_file_says_agreeing_variants_once() -> None:
    """What most variants of a check have stands under a pattern, the others by themselves."""
    own = [check for check in catalogue.declared() if check.id.startswith("chat/plain-")]
    rows = {check.id: {"*": "answered"} for check in own} | {own[1].id: {"*": "refused"}}

    assert (
        '["plain-*"]\n"*" = "answered"\n\n[plain-openai-mini]\n"*" = "refused"\n'
    ) == proposals.page(own, rows)


def test_the_files_are_as_they_would_be_written() -> None:
    """Nothing in the files of expectations would change by measuring the same again."""
    for slug in catalogue.topics():
        own = [check for check in catalogue.declared() if check.topic.slug == slug]
        rows = {check.id: expectations.rows_of(check.id) for check in own}

        assert proposals.page(own, rows) == expectations.file(slug).read_text(encoding="utf-8")


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


def test_what_is_not_measured_is_no_drift() -> None:
    """A check without a row for the release ends in an error that says what was observed."""
    topic, release = catalogue.topics()["tilde-path"], releases.reference()
    judge = Judge("tilde-path/new", topic, {"x": "X."}, release, "file::test")

    with pytest.raises(CouldNotObserveError, match=r"not measured on .* observed `x`: seen"):
        judge("x", "seen")


def test_a_check_that_failed_somewhere_is_left_out_of_a_proposal() -> None:
    """Rows are proposed for what was observed wherever it can be asked."""
    runs = [_run("0.5.1", "x", None), _run("0.6.1", "y", None), _run("0.7.1", "z", "z")]
    runs[0]["report"]["checks"][1]["observed"] = "loud"

    found = proposals.rows({"runs": runs})

    assert {
        "tilde-path/a": {
            "llama-stack ==0.5.1": "x",
            "llama-stack ==0.6.1": "y",
            "llama-stack ==0.7.1": "z",
        }
    } == found


def test_what_was_measured_elsewhere_stays() -> None:
    """A matrix of one release changes what is expected of that release alone."""
    run = _run("0.5.1", "boot-fails", None)
    run["report"]["checks"] = [run["report"]["checks"][0] | {"id": "keyless-boot/boots"}]

    rows = proposals.rows({"runs": [run]})["keyless-boot/boots"]

    for release in releases.whole():
        if not release.without:
            wanted = "boot-fails" if release == releases.reference() else "boots"
            assert wanted == choose("keyless-boot/boots", rows, release).outcome


def _run(version: str, one: str, other: str | None) -> dict[str, Any]:
    pairs = (("tilde-path/a", one), ("tilde-path/b", other))
    checks = [{"id": name, "verdict": "drift", "evidence": "", "observed": o} for name, o in pairs]
    return {"distribution": "llama-stack", "version": version, "report": {"checks": checks}}


def test_another_package_has_outcomes_of_its_own() -> None:
    """What is known of a newer SDK holds beside a release that was measured with an older one."""
    check, release, newest = "abandoned-streams/caller-leaves-openai", *_ends()

    assert expected(check, release).outcome == "left-open"
    assert expected(check, release, packages={"openai": "2.21.0"}).outcome == "left-open"
    assert expected(check, release, packages={"openai": "3.57.0"}).outcome == "closed"
    assert expected(check, newest, packages={"openai": "3.57.0"}) == expected(check, newest)


def _ends() -> tuple[Release, Release]:
    return releases.reference(), releases.find("latest")


def test_what_is_collected_is_not_collected_again() -> None:
    """The checks of some files are the same whether all have been collected before or not."""
    some = catalogue.files()[:2]

    alone = catalogue._collected(tuple(some))

    assert alone == catalogue.declared(some)
    assert {each.file for each in alone} == set(some)
    assert alone == tuple(each for each in catalogue.declared() if each.file in some)
    assert alone == catalogue.declared(some)


def test_two_threads_may_ask_for_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that two threads collect at once are collected once, and the output stays."""
    collected: list[int] = []

    def slow(*_: Any, plugins: Any) -> int:
        collected.append(len(plugins))
        time.sleep(0.1)
        return pytest.ExitCode.OK

    monkeypatch.setattr(pytest, "main", slow)
    monkeypatch.setattr(catalogue, "_COLLECTED", {})
    output = sys.stdout

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: catalogue.declared(), range(2)))

    assert ([(), ()], [1], output) == (found, collected, sys.stdout)
