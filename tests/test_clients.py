"""Client libraries are used as callers use them, and what they see is told truly."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.core import measured, releases
from conformance.releases import client_inside, client_results, client_trial, clients
from conformance.releases.client_results import Seen
from conformance.reports import clients_text
from conformance.vendors import STAND_IN_KEYS
from conformance.vendors.faults import Fault
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns

# What a vendor asked directly cannot show: it looks at its own key alone, and knows no roles.
NOT_A_VENDORS = {"wrong-key", "bad-request"}


@pytest.fixture
def vendor() -> Iterator[StandIns]:
    """Stand-ins for the vendors, on loopback."""
    with serve() as found:
        yield found


def used(vendor: StandIns) -> dict[str, str]:
    """Return what the SDK that is installed here sees of OpenAI's stand-in."""
    told = {
        "module": "openai",
        "url": vendor.base["openai"],
        "headers": {"Authorization": f"Bearer {STAND_IN_KEYS['openai']}"},
        "wrong": {"Authorization": "Bearer no-key-of-this-vendor"},
        "model": "gpt-4o",
        "embedding": "text-embedding-3-small",
    }
    done = subprocess.run(  # noqa: S603 - our own command, as the trial runs it
        [sys.executable, "-I", str(client_trial.SCRIPT), json.dumps(told)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return {use: result for use, result in found.items() if use.split()[0] not in NOT_A_VENDORS}


def test_every_use_succeeds_with_a_vendor_itself(vendor: StandIns) -> None:
    """Without a gateway between them, the SDK can do all that is tried, both ways."""
    found = used(vendor)

    assert set(found.values()) == {client_inside.OK}
    assert len(found) == 2 * (len(client_inside.USES) - len(NOT_A_VENDORS))


def test_a_broken_stream_fails_the_uses_that_stream(vendor: StandIns) -> None:
    """A vendor that hangs up in a stream is seen by whoever streams."""
    vendor.inject("openai", Fault(drop_after=2), times=1000)
    found = used(vendor)

    assert {use for use in found if found[use] != client_inside.OK} >= {
        f"{use} {kind}"
        for use in ("streamed", "streamed-tools", "stream-helper", "plain")
        for kind in ("sync", "async")
    }


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("llama-stack 0.4.0", ["llama-stack-client 0.4.0", "0.5.4", "llama-stack-client 0.3.5"]),
        ("ogx 0.8.0", ["ogx-client 0.8.0", "ogx-client 1.0.4", "llama-stack-client 0.7.3"]),
        ("ogx 1.5.0", ["ogx-client 1.5.0", None, "ogx-client 1.4.1"]),
    ],
)
def test_a_release_is_tried_with_its_own_client_and_its_neighbours(
    release: str, expected: list[str | None]
) -> None:
    """The next and the previous minor version are those of the one line, under either name."""
    own = {c.kind: str(c) for c in clients.of(releases.find(release)) if c.distribution != "openai"}
    kinds = (clients.SAME, clients.NEXT, clients.PREVIOUS)

    for kind, name in zip(kinds, expected, strict=True):
        assert (own.get(kind) or "").endswith(name or "")
        assert (kind in own) == (name is not None)


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ({}, "everything"),
        ({"parse sync": "not offered", "parse async": "not offered"}, "everything"),
        ({"plain sync": "E 500", "plain async": "E 500"}, "not `plain` (E 500)"),
        ({"plain async": "wrong: no words"}, "not `plain` async (no words)"),
        ({f"{n}": "E 426" for n in ("a sync", "b sync", "c sync", "d sync")}, "nothing: E 426"),
    ],
)
def test_a_cell_says_what_does_not_work(failed: dict[str, str], expected: str) -> None:
    """What fails is named with what the caller gets; what a library does not offer is not."""
    assert clients_text.words(Seen("x 1", 4, failed)) == expected


def test_results_are_kept_and_compared(tmp_path: Path) -> None:
    """Measuring one release leaves the others' results; a difference names use and both results."""
    file = tmp_path / "clients.json"
    old, new = Seen("x 1", 2, {"plain sync": "E 500"}), Seen("x 1", 2, {})
    client_results.write({"ogx 1.5.0": {"own": old}}, file)
    client_results.write({"llama-stack 0.5.1": {"own": new}}, file)
    kept = client_results.read(file)

    assert list(kept) == ["llama-stack 0.5.1", "ogx 1.5.0"]
    assert client_results.differences(kept, kept) == []
    assert client_results.differences(kept, {"ogx 1.5.0": {"own": new}}) == [
        "ogx 1.5.0, own (x 1): plain sync: kept E 500, now ok"
    ]


def test_each_kind_of_client_was_tried() -> None:
    """A release on the page was tried with every kind of client that there is for it."""
    table = client_results.read()
    kinds = {name: [client.kind for client in clients.of(releases.find(name))] for name in table}

    assert kinds
    assert kinds == {name: list(seen) for name, seen in table.items()}


def test_each_release_from_which_chats_leave_was_tried() -> None:
    """A release that is new, or newly answers, is missing until its clients were measured."""
    asked = [str(release) for release in releases.known() if not client_trial.unasked(release)]

    assert list(client_results.read()) == asked


def test_a_release_that_no_client_is_tried_with_is_named() -> None:
    """No chat leaves it: it has no results, and the reason is told."""
    said: list[str] = []

    assert list(client_trial.measure([releases.find("0.7.2")], said.append)) == []
    assert said == [
        f"llama-stack 0.7.2: not asked: {measured.mute(releases.find('0.7.2'))}",
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [clients.SAME, "openai, newest"])
def test_a_client_sees_today_what_the_table_says(vendor: StandIns, kind: str) -> None:
    """A library, a release or a stand-in that behaves in another way is noticed."""
    release = releases.reference()
    client = next(each for each in clients.of(release) if each.kind == kind)
    with client_trial.server(release, vendor.base) as running:
        seen = client_trial.seen(client, client_trial.use(client, running.url, release))

    kept = client_results.read()
    assert kept[str(release)][kind].client == seen.client
    assert client_results.differences(kept, {str(release): {kind: seen}}) == []


def test_what_nobody_measured_is_called_so() -> None:
    """A release that no client was tried with is not shown as one that works."""
    release = releases.reference()

    assert clients_text.line({}, clients.SAME, release) == "not measured"
    assert clients_text.line({str(release): {}}, clients.NEXT, release) == "there is none"
