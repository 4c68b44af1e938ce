"""The upgrade report: what counts as a break, a trap that arrives or goes, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.commands import main
from conformance.core import releases
from conformance.core.releases import Release
from conformance.releases import comparison, concerns, upgrade
from conformance.releases.change import Change
from conformance.releases.comparison import Side, Upgrade, compare
from conformance.releases.concerns import Use
from conformance.reports import upgrade_page
from conformance.run import catalogue
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OLD, NEW = releases.find("0.5.1"), releases.find("0.7.1")


def side(
    release: Release = OLD,
    outcomes: Mapping[str, str] | None = None,
    packages: Mapping[str, str] | None = None,
    schema: Release | None = None,
) -> Side:
    """Return what is known of a release, with the schema of another and outcomes made up."""
    return Side(
        release=release,
        outcomes=outcomes or {},
        schema=reading.of(schema or release),
        packages=packages or {},
    )


def whats(changes: list[Change]) -> list[str]:
    """Return what changes, without the cures."""
    return [change.what for change in changes]


def test_nothing_changes_between_a_release_and_itself() -> None:
    """Two equal sides give an empty report, which says so."""
    report = compare(side(), side())

    assert not [name for name, _ in comparison.SECTIONS if getattr(report, name)]
    assert "Nothing that this suite can see changes." in upgrade_page.page(report)


def test_what_a_start_refuses_breaks_and_what_it_drops_does_not() -> None:
    """APIs and provider types that went are breaks; fields that went are ignored, with a cure."""
    report = compare(side(), side(schema=releases.find("ogx 1.5.0")))
    cures = {change.what: change.cure for change in (*report.breaks, *report.ignored)}

    assert "API `safety` is gone" in whats(report.breaks)
    assert "field `server.quota` is gone" in whats(report.ignored)
    assert "proxy" in cures["field `server.quota` is gone"]
    assert cures["API `agents` is gone"].startswith("`responses`")
    assert not [what for what in cures if "of `safety`" in what]


def test_what_the_newer_release_migrates_is_not_gone() -> None:
    """Stores of prompts and connectors are moved to SQL by ogx itself."""
    report = compare(side(), side(schema=releases.find("ogx 1.5.0")))

    assert not [what for what in whats(report.ignored) if "storage.stores" in what]


def test_a_new_name_has_its_cure() -> None:
    """From llama-stack to ogx, distribution, module, header and all variables are renamed."""
    report = compare(side(OLD), side(releases.find("ogx 1.5.0")))
    told = "\n".join(f"{change.what} → {change.cure}" for change in report.breaks)

    assert "`llama-stack` is now `ogx` → require `ogx==1.5.0`, and pin `ogx-api`" in told
    assert "header `X-LlamaStack-Provider-Data` is now `X-OGX-Provider-Data`" in told
    assert "module `llama_stack` is now `ogx`" in told
    unread = [f"{change.what} → {change.cure}" for change in report.ignored]
    for name in ("CONFIG", "LOGGING", "PORT", "DISABLE_VERSION_CHECK"):
        cured = f"`LLAMA_STACK_{name}` is now `OGX_{name}` → write `OGX_{name}`"
        assert [line for line in unread if line.endswith(cured)]


@pytest.mark.parametrize("name", ["ogx 0.7.1", "ogx 1.3.0", "0.7.3"])
def test_a_release_one_cannot_use_is_the_first_break(name: str) -> None:
    """A release that boots nothing, or has no gateway, says so before anything else."""
    first = compare(side(), side(releases.find(name))).breaks[0]

    assert any(text in first.what for text in (name, "no gateway"))
    assert "another release" in first.cure


def test_what_an_installer_takes_without_pins() -> None:
    """What comes with a release has moved on; the cure is what to pin. Nothing new is no change."""
    report = compare(side(), side(releases.find("ogx 1.4.1")))

    found = [change for change in report.packages if "installed alone" in change.what]
    assert ["pin `ogx-api` to the same version"] == [change.cure for change in found]
    assert not [what for what in whats(compare(side(), side()).packages) if "alone" in what]
    newest = compare(side(), side(releases.find("ogx 1.5.0")))
    assert not [what for what in whats(newest.packages) if "alone" in what]


def test_traps_arrive_and_go() -> None:
    """A gotcha that begins to bite is new; the workaround of one that stops is not needed."""
    topic = catalogue.topics()["tilde-path"]
    check = "tilde-path/bare-tilde-in-kv-store"
    bites, fine = next(iter(topic.bites)), "expanded"
    healthy, sick = side(outcomes={check: fine}), side(outcomes={check: bites})

    assert "tilde-path" in compare(healthy, sick).arriving[0].what
    assert topic.instead == compare(healthy, sick).arriving[0].cure
    assert compare(sick, healthy).leaving[0].cure == f"no longer needed: {topic.instead}"
    assert [f"{check}: {fine} → {bites}"] == whats(compare(healthy, sick).wire)


def test_a_cure_in_use_is_no_cure_of_what_breaks_beside_it() -> None:
    """A topic that bites in one more way names that way; its cure did not help against it."""
    before = {"any-model/empty-text": "not-listed", "any-model/start-without-key": "no-request"}
    after = before | {"any-model/start-without-key": "requests"}
    report = compare(side(outcomes=before), side(outcomes=after))

    assert [(change.check, change.cure) for change in report.breaks] == [
        ("any-model/start-without-key", "")
    ]
    assert "the vendor is asked" in report.breaks[0].what


def test_what_breaks_alike_is_one_line() -> None:
    """Checks of a promise that observe the same count together."""
    names = ("plain-openai", "plain-gemini", "streamed-openai")
    before = {f"chat/{name}": "as-sent" for name in names}
    report = compare(side(outcomes=before), side(outcomes=dict.fromkeys(before, "refused")))

    assert len(report.breaks) == 1
    assert report.breaks[0].what.startswith("chat/plain-gemini and 2 more: ")


def test_a_check_that_does_not_apply_proves_nothing() -> None:
    """A trap is not gone because it could not be looked at."""
    sick = side(outcomes={"tilde-path/bare-tilde-in-kv-store": "literal-directory"})

    assert [] == compare(sick, side()).leaving
    assert [] == compare(sick, side()).wire


def test_packages_that_matter_are_compared() -> None:
    """A package that came, went or moved is a line."""
    report = compare(side(packages={"openai": "2", "x": "1"}), side(packages={"openai": "3"}))

    assert ["openai: 2 → 3", "x: 1 → not installed"] == whats(report.packages)


def test_the_order_is_by_how_much_it_matters() -> None:
    """Severe traps, breaks, what is ignored, other traps, traps gone, the wire, dependencies."""
    page = upgrade_page.page(Upgrade(OLD, NEW, *([Change("x")] for _ in comparison.SECTIONS)))
    titles = [line.rpartition(" (")[0] for line in page.splitlines() if line.startswith("## ")]

    assert [f"## {title}" for _, title in comparison.SECTIONS] == titles


def test_what_became_worse_comes_first() -> None:
    """New traps that are severe or expose something come first, the most severe on top."""
    healthy = {
        "key-in-log/key-alone": "nothing",
        "stored-chats-open/readable-by-anybody": "refused",
        "hidden-retries/plain": "one",
        "tilde-path/kvstore": "home",
    }
    sick = {
        "key-in-log/key-alone": "whole-key",
        "stored-chats-open/readable-by-anybody": "readable",
        "hidden-retries/plain": "three-times",
        "tilde-path/kvstore": "literal-directory",
    }
    report = compare(side(outcomes=healthy), side(NEW, outcomes=sick))

    assert ["stored-chats-open", "key-in-log", "hidden-retries"] == [
        what.partition(" ")[0] for what in whats(report.severe)
    ]
    assert "(high, exposes key)" in report.severe[1].what
    assert ["tilde-path"] == [what.partition(" ")[0] for what in whats(report.arriving)]


def test_a_known_trap_that_hurts_more_is_told_apart() -> None:
    """It bites on both releases, so that no command shows it; what hurts less is no line there."""
    check = "key-in-log/key-alone"
    piece, whole = side(outcomes={check: "piece-of-key"}), side(outcomes={check: "whole-key"})
    report = compare(piece, whole)

    assert [(check, catalogue.topics()["key-in-log"].instead, "")] == [
        (change.check, change.cure, change.shown_by) for change in report.worse
    ]
    assert "(high, exposes key)" in report.worse[0].what
    assert [] == report.severe
    assert [] == compare(whole, piece).worse
    assert [] == compare(side(outcomes={check: "nothing"}), whole).worse


def test_callers_meet_what_is_about_their_providers() -> None:
    """A promise of `remote::passthrough` is no matter of a config without one."""
    vllm, passthrough = (
        Use(frozenset({"inference"}), frozenset({"remote::vllm"})),
        Use(frozenset({"inference"}), frozenset({"remote::passthrough"})),
    )

    assert not vllm.meets("any-model")
    assert not vllm.meets("keyless-boot")
    assert passthrough.meets("keyless-boot")
    assert vllm.meets("stream-errors", frozenset({"chat"}))
    assert not Use().meets("stream-errors", frozenset({"chat"}))


def test_concerns_name_what_there_is() -> None:
    """Every topic in the table is one of the catalogue, and every type one of a release."""
    kinds = {
        kind for release in releases.known() for kind in reading.of(release).types("inference")
    }

    assert concerns.providers().keys() | concerns.seen_in_files() <= catalogue.topics().keys()
    assert {kind for found in concerns.providers().values() for kind in found} <= kinds


def test_an_unknown_release_needs_its_distribution() -> None:
    """`ogx==99.0.0` may be newer than all known ones; `99.0.0` alone is a mistake."""
    assert Release("ogx", "99.0.0") == upgrade.named("ogx==99.0.0")
    with pytest.raises(LookupError):
        upgrade.named("99.0.0")


def test_known_releases_are_compared_from_data(tmp_path: Path) -> None:
    """The command needs no environment, writes the page it prints, and can be strict."""
    arguments = ["upgrade", "0.5.1", "latest", "--reports", str(tmp_path)]

    done = CliRunner().invoke(main.main, arguments)

    assert 0 == done.exit_code
    assert done.stdout == (tmp_path / "upgrade.md").read_text(encoding="utf-8")
    assert f"written: {tmp_path / 'upgrade.md'}\n" == done.stderr
    assert "API `safety` is gone" in done.output
    assert 1 == CliRunner().invoke(main.main, [*arguments, "--strict"]).exit_code


def test_a_wrong_name_is_one_line(tmp_path: Path) -> None:
    """Wrong usage exits with 2."""
    done = CliRunner().invoke(main.main, ["upgrade", "0.0.1", "latest", "--reports", str(tmp_path)])

    assert 2 == done.exit_code
    assert 1 == len(done.output.strip().splitlines())
