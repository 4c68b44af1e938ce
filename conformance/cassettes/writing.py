"""What a recording run may write at its end, and what became of each cassette."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from conformance.cassettes import changes, recordings, scrub
from conformance.cassettes.library import NO_SCENARIO
from conformance.core.model import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.cassettes.library import Library
    from conformance.core.releases import Release

OTHER_WAY = "`--record-mode=new_episodes` only adds what is missing"


@dataclass(slots=True)
class Result:
    """What became of the cassettes: `lines` for a person, files replaced, whether all went well."""

    lines: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    complete: bool = True

    def left(self, scenario: str, reason: str) -> None:
        """Note that a scenario keeps its old cassettes."""
        self.complete = False
        self.lines.append(f"left       {scenario}: {reason}")


@dataclass(frozen=True, slots=True)
class Ran:
    """Which checks use which scenario, and what became of those that ran.

    `using` has the checks of every scenario, whether selected or not; `verdicts` is by check.
    """

    using: dict[str, set[str]]
    verdicts: dict[str, str]

    def reason_to_leave(self, scenario: str, library: Library) -> str:
        """Return why a scenario must not be written, or ""."""
        own = self.using.get(scenario, set())
        failed = sorted(c for c in own if self.verdicts.get(c) == Verdict.ERROR)
        missing = sorted(own - self.verdicts.keys()) if library.mode == "rewrite" else []
        troubles = list(dict.fromkeys(library.troubles.get(scenario, ())))
        if troubles:
            return _few(troubles)
        if failed:
            return f"could not observe {_few(failed)}"
        if missing:
            return f"did not run, though they use it: {_few(missing)}; {OTHER_WAY}"
        return ""


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - a few
    return ", ".join(names[:3]) + more


def metadata(provenance: str, release: Release | None) -> dict[str, str]:
    """Return what stands at the top of a cassette that is written now."""
    try:
        sdk = f"openai {version('openai')}"
    except PackageNotFoundError:
        sdk = "unknown"
    today = datetime.now(UTC).date().isoformat()
    return {"provenance": provenance, "recorded": today, "release": str(release), "sdk": sdk}


def written(library: Library, ran: Ran, top: dict[str, str]) -> Result:
    """Replace the cassettes of every scenario that was recorded whole; leave all others.

    A recording equal to the old one leaves its file alone, and so its date. Nothing is replaced
    if the disk cannot hold all that is new.
    """
    result = Result()
    files: dict[Path, recordings.Recording] = {}
    scenarios = {s for s, own in ran.using.items() if own & ran.verdicts.keys()}
    scenarios |= library.recorded.keys() | {s for s, told in library.troubles.items() if told}
    for scenario in sorted(scenarios - {NO_SCENARIO}):
        if reason := ran.reason_to_leave(scenario, library):
            result.left(scenario, reason)
            continue
        try:
            files |= _checked(library, scenario, top)
        except (scrub.LeakError, recordings.CassetteError) as error:
            result.left(scenario, str(error))
    try:
        _replace(library, files, result)
    except OSError as error:
        result.complete = False
        result.lines.append(
            f"failed     {error.strerror or error}; all other cassettes are as before"
        )
    return result


def _checked(
    library: Library, scenario: str, top: dict[str, str]
) -> dict[Path, recordings.Recording]:
    """Return the new contents of a scenario's cassettes, all of them or none.

    A cassette without answers is one that nothing asks any more.
    """
    fresh = {}
    for upstream in sorted(library.targets):
        file = library.file(upstream, scenario)
        old = recordings.read(file) if file.exists() else recordings.Recording(dict(top))
        got = library.recorded.get(scenario, {}).get(upstream, [])
        if got or library.mode == "rewrite":
            fresh[file] = _merged(old, got, top, anew=library.mode == "rewrite")
            scrub.refuse_leaks(file, fresh[file], library.secrets)
    return fresh


def _merged(
    old: recordings.Recording, got: list[recordings.Interaction], top: dict[str, str], *, anew: bool
) -> recordings.Recording:
    """Return the old recording with the new answers in it.

    `anew` drops what this release asked before and asks no more. What only other releases ask
    stays, for it cannot be recorded here.
    """
    asked = {recordings.request_of(each) for each in got}
    release, provenance = top["release"], top["provenance"]
    new = recordings.Recording(dict(top) if anew else old.metadata | {"recorded": top["recorded"]})
    for each in old.interactions:
        of = {name: old.fact(name, each) for name in ("release", "provenance")}
        own = of["release"] in {release, "unknown"}
        if recordings.request_of(each) not in asked and not (anew and own):
            new.interactions.append(new.holding(each, **of))
    fresh = (new.holding(each, release=release, provenance=provenance) for each in got)
    new.interactions.extend(fresh)
    new.interactions.sort(key=recordings.request_of)
    if not anew and new.interactions == old.interactions:
        return old
    return new


def _replace(library: Library, files: dict[Path, recordings.Recording], result: Result) -> None:
    old = {file: recordings.read(file) if file.exists() else None for file in files}
    changed = {}
    for file, recording in files.items():
        before = old[file]
        if recording.interactions and not _same(before, recording):
            changed[file] = recording
        elif recording.interactions:
            result.lines.append(f"unchanged  {_name(file)}")
    for file in recordings.replace(library.root, changed):
        result.updated.append(_name(file))
        result.lines.append(f"updated    {_name(file)}{_from_to(old[file], changed[file])}")
        result.lines += [f"  {line}" for line in changes.between(old[file], changed[file])]
    for file, recording in files.items():
        if old[file] is not None and not recording.interactions:
            file.unlink()
            result.updated.append(_name(file))
            result.lines.append(f"removed    {_name(file)}: no check asks for it any more")


def _same(old: recordings.Recording | None, new: recordings.Recording) -> bool:
    return (
        old is not None
        and old.metadata.keys() == new.metadata.keys()
        and old.provenance == new.provenance
        and sorted(old.interactions, key=recordings.request_of) == new.interactions
    )


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def _from_to(old: recordings.Recording | None, new: recordings.Recording) -> str:
    was = f"{old.provenance} of {old.recorded}" if old else "nothing"
    return f": {was}, now {new.provenance} of {new.recorded}"
