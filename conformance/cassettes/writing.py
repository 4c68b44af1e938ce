"""Writes the cassettes of a recording run, each scenario of each vendor by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from conformance.cassettes import changes, model_lists, recordings, scrub
from conformance.cassettes.library import NO_SCENARIO
from conformance.cassettes.result import Result, few
from conformance.core.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.cassettes.library import Library
    from conformance.core.releases import Release

OTHER_WAY = "`--record-mode=new_episodes` only adds what is missing"


@dataclass(frozen=True, slots=True)
class Ran:
    """Which checks use which scenario, and the verdicts of those that ran.

    `using` has the checks of every scenario, whether selected or not; `verdicts` is by check.
    """

    using: dict[str, set[str]]
    verdicts: dict[str, str]

    def blind(self, scenario: str) -> list[str]:
        """Return the checks of a scenario that could not observe."""
        own = self.using.get(scenario, set())
        return sorted(check for check in own if self.verdicts.get(check) == Verdict.ERROR)

    def reason_to_leave(self, scenario: str, library: Library) -> str:
        """Return why no vendor's answers of a scenario must be written, or "".

        A check that some vendor kept from observing says nothing about the others.
        """
        own = self.using.get(scenario, set())
        missing = sorted(own - self.verdicts.keys()) if library.mode == "rewrite" else []
        if missing:
            return f"did not run, though they use it: {few(missing)}; {OTHER_WAY}"
        explained = any(found and where[0] == scenario for where, found in library.troubles.items())
        blind = self.blind(scenario)
        return f"could not observe {few(blind)}" if blind and not explained else ""


def metadata(provenance: str, release: Release | None) -> dict[str, str]:
    """Return what stands at the top of a cassette that is written now."""
    try:
        sdk = f"openai {version('openai')}"
    except PackageNotFoundError:
        sdk = "unknown"
    today = datetime.now(UTC).date().isoformat()
    return {"provenance": provenance, "recorded": today, "release": str(release), "sdk": sdk}


def written(library: Library, ran: Ran, top: dict[str, str]) -> Result:
    """Replace each cassette that was recorded whole; leave all others, with the reason.

    A recording equal to the old one leaves its file alone, and so its date. Nothing is replaced
    if the disk cannot hold all that is new.
    """
    result = Result()
    files: dict[Path, recordings.Recording] = {}
    scenarios = {s for s, own in ran.using.items() if own & ran.verdicts.keys()}
    scenarios |= library.recorded.keys() | library.listing.keys()
    scenarios |= {where[0] for where, found in library.troubles.items() if found}
    for scenario in sorted(scenarios - {NO_SCENARIO}):
        for upstream in sorted(library.targets):
            try:
                files |= _checked(library, ran, upstream, scenario, top)
            except (LeftError, scrub.LeakError, recordings.CassetteError) as error:
                result.of(upstream).left[scenario] = str(error)
    files |= _unlisted(library, files)
    try:
        _replace(library, files, result)
    except OSError as error:
        result.failed = f"{error.strerror or error}; all other cassettes are as before"
    return result


def _unlisted(
    library: Library, new: Mapping[Path, recordings.Recording]
) -> dict[Path, recordings.Recording]:
    """Return, emptied, each list of models that no scenario of its vendor asks for any more."""
    found = {}
    for upstream in sorted(library.targets):
        own = library.file(upstream, model_lists.SCENARIO)
        others = {*own.parent.glob("*.yaml"), *(f for f in new if f.parent == own.parent)} - {own}
        if own.exists() and not any(
            (new.get(file) or recordings.read(file)).lists_models for file in others
        ):
            found[own] = recordings.Recording({"release": "unknown"})
    return found


class LeftError(Exception):
    """A cassette keeps its old answers; the message says why."""


def _checked(
    library: Library, ran: Ran, upstream: str, scenario: str, top: dict[str, str]
) -> Mapping[Path, recordings.Recording]:
    """Return the new contents of a cassette by its file, if it has new ones.

    A cassette without answers is one that nothing asks any more. Raises `LeftError` if the old
    one has to stay although it was asked for, and `LeakError`.
    """
    file = library.file(upstream, scenario)
    got = library.recorded.get(scenario, {}).get(upstream, [])
    if troubles := library.troubles.get((scenario, upstream)):
        raise LeftError(few(list(dict.fromkeys(troubles))))
    if (reason := ran.reason_to_leave(scenario, library)) and (got or file.exists()):
        raise LeftError(reason)
    old = recordings.read(file) if file.exists() else recordings.Recording(dict(top))
    lists = upstream in library.listing.get(scenario, ())
    new = bool(got) or (lists and not old.lists_models)
    blind = bool(ran.blind(scenario))
    if not new and (library.mode != "rewrite" or not file.exists() or blind):
        return {}
    anew = library.mode == "rewrite" and scenario != model_lists.SCENARIO and not blind
    fresh = _merged(old, got, top, anew=anew)
    if lists or (old.lists_models and old.metadata["release"] != top["release"]):
        fresh = recordings.Recording(fresh.metadata | {"lists_models": True}, fresh.interactions)
    scrub.refuse_leaks(file, fresh, library.secrets)
    return {file: fresh}


def _merged(
    old: recordings.Recording, got: list[recordings.Interaction], top: dict[str, str], *, anew: bool
) -> recordings.Recording:
    """Return the old recording with the new answers in it.

    `anew` drops requests that this release no longer sends. What only other releases ask
    stays, for it cannot be recorded here. If all answers are new, so is the top of the file.
    """
    asked = {recordings.request_of(each) for each in got}
    release, provenance = top["release"], top["provenance"]
    stay = [
        each
        for each in old.interactions
        if recordings.request_of(each) not in asked
        and not (anew and old.fact("release", each) in {release, "unknown"})
    ]
    fresh_top = anew or (bool(got) and not stay)
    head = dict(top) if fresh_top else old.metadata | {"recorded": top["recorded"]}
    new = recordings.Recording(head)
    for each in stay:
        of = {name: old.fact(name, each) for name in ("release", "provenance")}
        new.interactions.append(new.holding(each, **of))
    fresh = (new.holding(each, release=release, provenance=provenance) for each in got)
    new.interactions.extend(fresh)
    new.interactions.sort(key=recordings.request_of)
    if not fresh_top and new.interactions == old.interactions:
        return old
    return new


def _replace(library: Library, files: dict[Path, recordings.Recording], result: Result) -> None:
    old = {file: recordings.read(file) if file.exists() else None for file in files}
    changed = {}
    for file, recording in files.items():
        if not recording.empty and not _same(old[file], recording):
            changed[file] = recording
        elif not recording.empty:
            result.of(file.parent.name).unchanged.append(file.stem)
    for file in recordings.replace(library.root, changed):
        of = result.of(file.parent.name)
        of.updated.append(file.stem)
        of.sources.add(_from_to(old[file], changed[file]))
        of.changes[file.stem] = changes.between(old[file], changed[file])
    for file, recording in files.items():
        if old[file] is not None and recording.empty:
            file.unlink()
            result.of(file.parent.name).removed.append(file.stem)


def _same(old: recordings.Recording | None, new: recordings.Recording) -> bool:
    return (
        old is not None
        and old.metadata.keys() == new.metadata.keys()
        and old.provenance == new.provenance
        and sorted(old.interactions, key=recordings.request_of) == new.interactions
    )


def _from_to(old: recordings.Recording | None, new: recordings.Recording) -> str:
    was = f"{old.provenance} of {old.recorded}" if old else "nothing"
    return f"{was}, now {new.provenance} of {new.recorded}"
