"""The texts that people read keep to their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.core import names, releases
from conformance.core.model import Gotcha
from conformance.reports import generated, rendering
from conformance.run import catalogue

if TYPE_CHECKING:
    from conformance.core.releases import Release

GOTCHAS = {slug: topic for slug, topic in catalogue.topics().items() if isinstance(topic, Gotcha)}
WORDS = 20
README_BYTES = 12_000


@pytest.mark.parametrize("slug", sorted(GOTCHAS))
def test_what_happens_is_one_short_line(slug: str) -> None:
    """What happens has 20 words or fewer; the long story is in why."""
    assert len(GOTCHAS[slug].happens.split()) <= WORDS


@pytest.mark.parametrize("release", releases.known()[:: len(releases.known()) - 1], ids=str)
def test_a_page_has_the_names_of_its_release(release: Release) -> None:
    """No text for a release names a variable, header, command or directory of the others' names."""
    others = {name for each in releases.known() for name in names.own(each)}
    foreign = others - {*names.own(release)}

    assert foreign
    for slug, topic in catalogue.topics(release).items():
        for text in (getattr(topic, name, "") for name in names.READ):
            assert [] == [name for name in foreign if name in text], slug


@pytest.mark.parametrize("slug", sorted(GOTCHAS))
def test_an_example_is_code(slug: str) -> None:
    """An example has no backticks: it is shown in a code block."""
    assert "`" not in GOTCHAS[slug].example


def test_the_readme_is_short() -> None:
    """The README has 12 kB or fewer, and leaves the table of gotchas to the catalogue."""
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")

    assert len(text.encode()) <= README_BYTES
    assert [] == [line for line in text.splitlines() if line.startswith("| [`")]


def test_the_catalogue_begins_with_its_index() -> None:
    """Each topic is in the index, once, with a link to its section."""
    release = releases.reference()
    page = generated.catalogue_page(catalogue.checks(release), release)
    index = page.partition("## Index")[2].partition("\n## ")[0]

    for slug in catalogue.topics():
        assert 1 == index.count(f"| [`{slug}`](#{slug}) |")
        assert f"\n## {slug}\n" in page


def test_code_is_marked_and_everything_else_escaped() -> None:
    """What stands between backticks becomes code; nothing becomes a tag."""
    assert "a <code>&lt;b&gt;</code> &lt;c&gt;" == str(rendering.code("a `<b>` <c>"))


def test_a_cell_stays_one_cell() -> None:
    """Neither a line break nor a bar ends a cell of a Markdown table."""
    assert "a \\| b" == rendering.cell("a |\n  b")
