"""What a gateway adds is measured in pairs, and an answer that is none is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.releases import overhead
from conformance.releases.client_trial import TrialError
from conformance.releases.overhead import Row, Side
from conformance.vendors.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask little."""
    monkeypatch.setattr(overhead, "REQUESTS", 16)
    monkeypatch.setattr(overhead, "ROUNDS", 2)


@pytest.mark.parametrize("callers", [1, 8])
def test_both_sides_are_asked_alike(stand_ins: StandIns, callers: int) -> None:
    """So many chats of each side, and one before; a slower side is shown as slower."""
    target = overhead.alone(stand_ins.base["openai"])
    direct, gateway = asyncio.run(overhead.paired(target, target, callers))

    assert len(stand_ins.requests) == 2 * (16 * 2 + 1)
    for side in (direct, gateway):
        assert 0 < side.p50 <= side.p99
        assert side.per_second > 0


def test_a_refusal_is_no_time(stand_ins: StandIns) -> None:
    """The first answer that is not a 200 ends the measurement, with what was answered."""
    target = overhead.alone(stand_ins.base["openai"])
    stand_ins.inject("openai", Fault(error="server-error"), times=None)

    with pytest.raises(TrialError, match="HTTP 500"):
        asyncio.run(overhead.paired(target, target, 1))


def test_the_key_goes_with_the_releases_own_header() -> None:
    """A release is asked under the name that it has for the header."""
    names = {
        name: next(iter(overhead.gateway("http://x", releases.find(name)).headers))
        for name in ("0.5.1", "ogx==1.5.0")
    }

    assert names == {
        "0.5.1": "X-LlamaStack-Provider-Data",
        "ogx==1.5.0": "X-OGX-Provider-Data",
    }


def test_the_table_is_printed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each release and number of callers, and what the gateway adds."""
    row = Row("llama-stack 0.5.1", 8, Side(900.0, 2.0, 9.5), Side(100.0, 12.5, 40.0))
    monkeypatch.setattr(overhead, "measured", lambda _chosen: iter([row]))
    done = CliRunner().invoke(main, ["bench-gateway", "0.5.1", "--reports", str(tmp_path)])

    line = "| llama-stack 0.5.1 | 8 | 900 | 100 | 2.0, 9.5 | 12.5, 40.0 | 10.5 |"
    assert done.exit_code == 0
    assert line in done.stdout
    assert line in (tmp_path / "bench-gateway.md").read_text("utf-8")


@pytest.mark.thorough
def test_what_a_server_holds_is_shown_after_each_tenth(tmp_path: Path) -> None:
    """Chats through a server of the reference release: its memory and files, ten times."""
    asked = ["bench-gateway", "--chats", "80", "--reports", str(tmp_path)]
    done = CliRunner().invoke(main, asked)

    rows = [line.split("|")[2:5] for line in done.stdout.splitlines() if "llama-stack" in line]
    assert done.exit_code == 0
    assert [int(chats) for chats, _, _ in rows] == [8 * part for part in range(1, 11)]
    assert all(int(memory) > 20 and int(files) > 5 for _, memory, files in rows)


def test_an_unknown_release_is_one_line() -> None:
    """A name that no release has is the user's mistake: status 2."""
    done = CliRunner().invoke(main, ["bench-gateway", "9.9"])

    assert done.exit_code == 2
    assert "`9.9` is no known release" in done.output
