"""Lists the cassettes: where each came from, which checks use it, and what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance import PACKAGE
from conformance.cassettes import model_lists, recordings, scrub
from conformance.cassettes.keys import LIVE
from conformance.cassettes.shapes import kind
from conformance.core.model import Verdict
from conformance.vendors.unsettled import SETTLED_BY, Settling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from conformance.core.releases import Release
    from conformance.run.catalogue import Check

RECORD_ANEW = "`make record` (`make record UPSTREAM=stand-in` without keys) drops them"


class ShelfError(Exception):
    """Which answers are used is unknown; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer: its label in reports (`openai/chat#0`), and where it came from."""

    label: str
    cassette: str
    recorded: str
    provenance: str
    release: str
    interaction: recordings.Interaction

    @property
    def upstream(self) -> str:
        """The vendor's name."""
        return self.cassette.partition("/")[0]

    @property
    def scenario(self) -> str:
        """The exchange it belongs to."""
        return self.cassette.partition("/")[2]


def answers(root: Path) -> list[Answer]:
    """Return every recorded answer. Raises `tapes.CassetteError` if a file cannot be read."""
    found = []
    for file in sorted(root.glob("*/*.yaml")):
        recording, name = recordings.read(file), f"{file.parent.name}/{file.stem}"
        for number, each in enumerate(recording.interactions):
            provenance, release = (
                recording.fact("provenance", each),
                recording.fact("release", each),
            )
            where = f"{name}#{number}", name, recording.recorded
            found.append(Answer(*where, provenance, release, each))
    return found


def listing(root: Path, checks: Sequence[Check], today: date) -> Iterator[str]:
    """Yield the cassettes with provenance, age and the checks that use them."""
    stock = answers(root)
    for name in sorted({answer.cassette for answer in stock}):
        own = [answer for answer in stock if answer.cassette == name]
        sources = " and ".join(sorted({answer.provenance for answer in own}))
        releases = ", ".join(sorted({answer.release for answer in own}))
        users = [check.id for check in checks if check.scenario == own[0].scenario]
        if own[0].scenario == model_lists.SCENARIO:
            users = ["every check that lists the vendor's models with its key"]
        yield f"{name}  {sources}, {_age(own[0].recorded, today)}, {releases}; answers: {len(own)}"
        yield from (f"    {user}" for user in users or ["no check uses it"])
    live = sum(answer.provenance == LIVE for answer in stock)
    yield f"answers: {live} live, {len(stock) - live} from stand-ins"
    settling = settled(stock)
    yield from (f"settled: {question} by {by}" for question, by in settling.items())
    yield f"not settled by a live recording: {len(SETTLED_BY) - len(settling)} questions"


def _age(recorded: str, today: date) -> str:
    try:
        days = (today - date.fromisoformat(recorded)).days
    except ValueError:
        return "date unknown"
    return f"{recorded} ({days} days old)" if days != 1 else f"{recorded} (1 day old)"


def settled(stock: Sequence[Answer]) -> dict[str, str]:
    """Return the open questions about the vendors that a live answer settles, and by which."""
    found = {}
    for question, by in SETTLED_BY.items():
        for answer in stock:
            ours = answer.provenance == LIVE and answer.upstream == question.partition("/")[0]
            if ours and _settles(answer.interaction, by):
                code = answer.interaction["response"]["status"]["code"]
                found[question] = f"{answer.label} of {answer.recorded}: HTTP {code}"
                break
    return found


def _settles(interaction: recordings.Interaction, by: Settling) -> bool:
    request, response = interaction["request"], interaction["response"]
    text = response["body"]["string"]
    return (
        by.method in {"", request["method"]}
        and urlsplit(request["uri"]).path.endswith(by.path)
        and (not by.statuses or response["status"]["code"] in by.statuses)
        and by.streamed in {None, kind(text) == "stream"}
        and by.says in text
    )


def problems(root: Path, checks: Sequence[Check], known: Sequence[str]) -> Iterator[str]:
    """Yield what must not be in a checkout: secrets, strays, cassettes that no check uses.

    `known` are the keys of this machine, which the gate then knows in every disguise.
    """
    scenarios = {model_lists.SCENARIO, *(check.scenario for check in checks)}
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        place = file.relative_to(root)
        if place.name == ".gitkeep":
            continue
        if len(place.parts) != 2 or file.suffix != ".yaml":  # noqa: PLR2004 - <upstream>/<scenario>
            yield f"{place}: no cassette; delete it"
            continue
        reasons = scrub.leaks(file.read_text(encoding="utf-8", errors="replace"), known)
        yield from (f"{place}: {reason}" for reason in reasons)
        try:
            scrub.refuse_leaks(place, recordings.read(file), known)
        except recordings.CassetteError as error:
            yield str(error)
        except scrub.LeakError as error:
            yield str(error)
        if file.stem not in scenarios:
            yield f"{place}: no check names the scenario `{file.stem}`; delete it"


def unused(stock: Sequence[Answer], played: Collection[str], release: Release) -> list[str]:
    """Return the answers recorded on a release that none of its checks asks for."""
    return [
        f"{answer.label}: no check asks for {answer.interaction['request']['method']} "
        f"{answer.interaction['request']['uri']}"
        for answer in stock
        if answer.label not in played and answer.release in {str(release), "unknown"}
    ]


def played(cassettes: Path) -> set[str]:
    """Replay every scenario and return the labels of the answers that were asked for.

    Raises `ShelfError` if a check could not observe, for then it may have asked too little.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        done = subprocess.run(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "pytest", "-q", "-m", "conformance and scenario"),
                *(
                    str(PACKAGE),
                    f"--conformance-cassettes={cassettes}",
                    f"--conformance-json={report}",
                ),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            raise ShelfError(f"the checks do not run: {done.stdout.strip()[-500:]}")
        rows = json.loads(report.read_text(encoding="utf-8"))["checks"]
    blind = [row["id"] for row in rows if row["verdict"] == Verdict.ERROR]
    if blind:
        raise ShelfError(f"which answers are used is unknown: {blind[0]} could not observe")
    return {label for row in rows for label in row["played"]}
