"""What `diagnose` says of a config: one finding, its place in the data, and how it can be repaired.

Values only: no file is read and nothing is printed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]


class Level(StrEnum):
    """How much a finding matters: an error stops the start or leaks, a warning misleads."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Effect(StrEnum):
    """What the release does with what the config says."""

    REFUSED = "refused"
    IGNORED = "ignored"
    MEANS_SOMETHING_ELSE = "means something else"
    EXPOSES = "exposes"
    NOT_CHECKED = "not checked"
    SHOWN = "shown by a start"


class Operation(StrEnum):
    """One step of a repair."""

    REMOVE = "remove"
    SET = "set"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a repair: remove `path`, set it to `value`, or move it to `to`.

    A move may rename a key in place. `comment` is left in the file where something was removed.
    """

    operation: Operation
    path: Path
    to: Path = ()
    value: object = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of a config on one release.

    `id` is stable for life (`unknown-api`, `moved-key` …). `path` is the place in the parsed data;
    a key that is missing has the path of the mapping that lacks it. `stops` orders findings as
    they would stop a start (lower first); None for what does not stop it. `gotcha` is the slug of
    the gotcha it shows, if there is one. `edits` is empty if no cure is unambiguous. `also` are
    further places that the same fault is about. `hangs` means that the fault is there only as long
    as a variable that is not set here has no value: the server's environment may be another.
    """

    id: str
    level: Level
    effect: Effect
    path: Path
    what: str
    since: str = ""
    instead: str = ""
    stops: int | None = None
    gotcha: str | None = None
    edits: tuple[Edit, ...] = ()
    also: tuple[Path, ...] = ()
    hangs: bool = False


def shown(  # noqa: PLR0913 - the parts of a finding
    finding_id: str,
    effect: Effect,
    path: Path,
    what: str,
    instead: str,
    *,
    gotcha: str | None = "",
    level: Level = Level.WARNING,
    since: str = "",
    stops: int | None = None,
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """Return a finding that shows a gotcha; its slug is the id, unless another or none is named."""
    return Finding(
        id=finding_id,
        level=level,
        effect=effect,
        path=path,
        what=what,
        since=since,
        instead=instead,
        stops=stops,
        gotcha=finding_id if gotcha == "" else gotcha,
        edits=edits,
    )
