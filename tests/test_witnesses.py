"""A break carries a witness: a few lines that one release starts with and a later one refuses."""

from __future__ import annotations

import pytest
import yaml
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.judge import judging, witness
from conformance.judge.finding import Effect
from conformance.releases import upgrade, witnesses
from conformance.releases.upgrade import Trial
from conformance.releases.witnesses import Shown
from conformance.schemas.parts import Part

PAIRS = (("0.4.0", "0.5.1"), ("0.5.1", "0.7.1"), ("0.7.1", "ogx==1.5.0"))
OLD, NEW = releases.find("0.5.1"), releases.find("ogx 1.5.0")


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_what_is_gone_and_could_be_written_has_a_witness(old: str, new: str) -> None:
    """APIs and provider types that a start refuses are shown by ten lines or fewer."""
    report = upgrade.compared(releases.find(old), releases.find(new))
    gone = [change for change in report.breaks if change.part]
    without = {str(change.part) for change in gone if change.witness is None}

    assert gone or old == "0.4.0"
    assert all(len(each.witness.text.splitlines()) <= 10 for each in gone if each.witness)
    assert not without
    for each in gone:
        assert each.witness is None or yaml.safe_load(each.witness.text) == each.witness.config


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_every_break_is_shown(old: str, new: str) -> None:
    """Whatever is said to break has a few lines or a command that show it."""
    report = upgrade.compared(releases.find(old), releases.find(new))

    assert report.breaks
    assert not [each.what for each in report.breaks if not (each.witness or each.shown_by)]


def test_what_did_not_work_before_does_not_break() -> None:
    """Providers that fail by themselves, and APIs that another one brings, are no breaks."""
    report = upgrade.compared(releases.find("0.6.1"), NEW)
    breaks, lost = ({str(each.part) for each in found} for found in (report.breaks, report.lost))

    assert {f"provider `remote::{kind}` of `inference`" for kind in FAILING} == lost
    assert not lost & breaks
    assert "API `eval`" in breaks
    assert "API `benchmarks`" not in breaks


FAILING = ("tgi", "hf::serverless", "hf::endpoint")


def test_a_variable_under_another_name_is_passed_over() -> None:
    """It stops nothing and fails nobody: it is no longer read."""
    report = upgrade.compared(releases.find("0.7.1"), NEW)

    assert [each for each in report.ignored if "variable `LLAMA_STACK_PORT`" in each.what]
    assert not [each for each in report.breaks if "variable" in each.what]


def test_a_witness_is_reduced_to_what_shows_the_fault() -> None:
    """What has nothing to do with it is left out; a key and a variable are replaced."""
    config = {
        "distro_name": "mine",
        "server": {"port": 1},
        "providers": {
            "vector_io": [
                {
                    "provider_id": "own",
                    "provider_type": "inline::meta-reference",
                    "config": {"url": "${env.OWN_URL}", "api_token": "correct-horse"},
                }
            ]
        },
    }
    found = [one for one in judging.findings(config, NEW, {}) if one.id == "unknown-provider-type"]
    made = witness.of_finding(config, found[0], OLD, NEW)

    assert made is not None
    assert "inline::meta-reference" in made.text
    assert not [word for word in ("correct-horse", "${", "server") if word in made.text]


def test_what_stops_no_start_has_no_witness() -> None:
    """A key that is ignored is shown by no start."""
    config = {"distro_name": "mine", "providers": {}, "server": {"quota": {}}}
    found = [one for one in judging.findings(config, NEW, {}) if one.effect is Effect.IGNORED]

    assert found
    assert [None] == [witness.of_finding(config, one, OLD, NEW) for one in found]


def test_a_part_that_both_have_has_no_witness() -> None:
    """Nothing shows what is not so."""
    assert witness.of_part(Part("inference"), OLD, NEW) is None


@pytest.mark.parametrize(
    ("old", "new", "agrees", "decided"),
    [
        (Trial(OLD, ""), Trial(NEW, "", "no"), True, True),
        (Trial(OLD, "", "no torch", lacked="torch"), Trial(NEW, "", "no"), True, False),
        (Trial(OLD, "", "no"), Trial(NEW, "", "no"), False, False),
        (Trial(OLD, ""), Trial(NEW, ""), False, False),
        (Trial(OLD, ""), Trial(NEW, "", untried="no index"), True, False),
    ],
)
def test_what_releases_do_is_compared_with_what_is_said(
    old: Trial, new: Trial, *, agrees: bool, decided: bool
) -> None:
    """Only a refusal by the older release, or a start of the newer one, speaks against it."""
    shown = Shown("it", old, new)

    assert (shown.agrees, shown.decided) == (agrees, decided)
    assert str(shown).startswith("shown" if decided else "undecided" if agrees else "NOT SHOWN")


@pytest.mark.parametrize("name", ["latest", "9.9.9"])
def test_nothing_follows_the_newest_release(name: str) -> None:
    """A release that no known one follows cannot be compared with the next."""
    result = CliRunner().invoke(main, ["witnesses", name])

    assert 2 == result.exit_code
    assert result.output.startswith("error: ")


@pytest.mark.thorough
@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_releases_do_as_the_witnesses_say(old: str, new: str) -> None:
    """The older release passes each, and the newer one fails, in environments of their own."""
    report = upgrade.compared(releases.find(old), releases.find(new))
    found = [change.witness for change in report.breaks]
    results = [
        *witnesses.commanded(report),
        *witnesses.checked(report),
        *witnesses.booted(found, report.old, report.new),
    ]

    assert results
    assert not [str(result) for result in results if not result.decided]
