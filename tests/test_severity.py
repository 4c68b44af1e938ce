"""Gotchas are rated, and the most severe stand first wherever they are listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.commands import main
from conformance.core import releases
from conformance.core.model import Gotcha
from conformance.core.severity import MEANING, WHOSE, Exposed, Severity, described
from conformance.reports import compatibility, generated
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable


def places(page: str) -> list[int]:
    """Return where the headings of the severities that occur stand in a page."""
    return [page.index(f"### {each.capitalize()}\n") for each in catalogue.rated()]


def _catalogue() -> str:
    release = releases.reference()
    return generated.catalogue_page(catalogue.checks(release), release)


def test_critical_is_the_most_severe() -> None:
    """Severities compare by how much they hurt, not by the alphabet."""
    assert [True, True, True, True] == [Severity.CRITICAL.at_least(each) for each in Severity]
    assert [False, False, True, True] == [Severity.MEDIUM.at_least(each) for each in Severity]


def test_every_word_is_explained() -> None:
    """Each severity and each thing exposed has a meaning, and the catalogue shows all of them."""
    page = _catalogue()

    assert MEANING.keys() == set(Severity)
    assert WHOSE.keys() == set(Exposed)
    assert all(text in page for text in [*MEANING.values(), *WHOSE.values()])


def test_no_gotcha_is_left_out() -> None:
    """The gotchas by severity are all gotchas, each once."""
    by_severity = [slug for own in catalogue.rated().values() for slug in own]
    gotchas = [slug for slug, each in catalogue.topics().items() if hasattr(each, "severity")]

    assert sorted(by_severity) == sorted(gotchas)


def test_a_rating_names_what_is_exposed_in_one_order() -> None:
    """The order in which a gotcha names what it exposes does not matter."""
    assert described(Severity.HIGH, [Exposed.TEXT, Exposed.KEY]) == "high, exposes key, text"
    assert described(Severity.LOW, frozenset()) == "low"


@pytest.mark.parametrize("page", [compatibility.page, _catalogue], ids=["line", "index"])
def test_the_most_severe_stand_first(page: Callable[[], str]) -> None:
    """The pages have a heading for each severity, the most severe on top."""
    found = places(page())

    assert found == sorted(found)
    assert len(found) == len(catalogue.rated())


def test_list_shows_that_severity_and_above() -> None:
    """`list --severity high` shows the critical gotchas first, then the high ones, and no other."""
    done = CliRunner().invoke(main.main, ["list", "--severity", "high"])
    slugs = list(dict.fromkeys(re.findall(r"^([a-z0-9-]+)/", done.output, re.MULTILINE)))
    wanted = [*catalogue.rated()[Severity.CRITICAL], *catalogue.rated()[Severity.HIGH]]

    assert done.exit_code == 0, done.output
    assert slugs == wanted


def test_list_refuses_an_unknown_severity() -> None:
    """A severity that does not exist is refused, with those that do."""
    done = CliRunner().invoke(main.main, ["list", "--severity", "severe"])

    assert done.exit_code == 2
    assert "critical" in done.output


def test_the_worst_of_a_gotcha_is_some_of_what_bites() -> None:
    """Were all of it the worst, nothing could become worse."""
    gotchas = [each for each in catalogue.topics().values() if isinstance(each, Gotcha)]

    assert any(each.worst for each in gotchas)
    assert [] == [each.slug for each in gotchas if each.worst and not each.worst < each.bites]
