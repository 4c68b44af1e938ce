"""A break carries a witness: a few lines that one release starts with and a later one refuses."""

from __future__ import annotations

import pytest

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

    assert gone
    assert all(len(each.witness.text.splitlines()) <= 10 for each in gone if each.witness)
    assert without <= UNSHOWN


PROVIDERS_THAT_FAIL = ("tgi", "hf::serverless", "hf::endpoint")
# No config of the older release can name these APIs, or ten lines do not hold what they need.
UNSHOWN = {
    "API `benchmarks`",
    "API `datasets`",
    "API `scoring_functions`",
    "API `shields`",
    "provider `inline::meta-reference` of `eval`",
    # The older release knows them, and does not start with them either.
    *(f"provider `remote::{kind}` of `inference`" for kind in PROVIDERS_THAT_FAIL),
}


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


@pytest.mark.thorough
@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_releases_do_as_the_witnesses_say(old: str, new: str) -> None:
    """The older release passes each, and the newer one fails, in environments of their own."""
    report = upgrade.compared(releases.find(old), releases.find(new))
    found = [change.witness for change in report.breaks]
    results = [*witnesses.commanded(report), *witnesses.booted(found, report.old, report.new)]

    assert results
    assert not [str(result) for result in results if not result.agrees]
    assert not [str(result) for result in results if result.new.untried]
