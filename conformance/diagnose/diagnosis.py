"""Puts findings beside their lines: every config, judged for every release asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.core import fields
from conformance.diagnose.files import nodes
from conformance.diagnose.output import showing
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.keys import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.core.releases import Release
    from conformance.diagnose.files.forms import Config
    from conformance.diagnose.files.sources import Problem

UNSET = "unset-variable"
_LEVELS = (Level.ERROR, Level.WARNING, Level.NOTE)


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding at its place: everything that may be printed, secrets already taken out.

    `line` and `column` count from 1; `shown` is the line itself, `caret` where in it the place is
    and `width` how much to underline; `path` is written like `providers.inference[0].config.url`.
    """

    finding: Finding
    path: str
    file: str
    line: int
    column: int
    shown: str = ""
    caret: int = 0
    width: int = 1

    @property
    def fixable(self) -> bool:
        """Whether a repair for this release would cure it."""
        return bool(self.finding.edits)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one release makes of one config, in the order in which it would stop a start.

    `config` and `release` are None for what could not be judged; `came_up` says how a start ended,
    if one was tried.
    """

    file: str
    name: str
    written_for: str | None
    release: str | None
    remarks: tuple[Remark, ...]
    config: Config | None = None
    came_up: bool | None = None

    @property
    def boots(self) -> str:
        """Whether the release starts with it: yes, no or unsure, as a start or the file tells."""
        if self.came_up is not None:
            return "yes" if self.came_up else "no"
        stopping = [each for each in self.remarks if each.finding.stops is not None]
        if not all(each.finding.hangs for each in stopping):
            return "no"
        unchecked = any(each.finding.effect is Effect.NOT_CHECKED for each in self.remarks)
        return "unsure" if stopping or unchecked or self.release is None else "yes"

    def count(self, level: Level) -> int:
        """Return how many findings have a level."""
        return sum(each.finding.level is level for each in self.remarks)


def diagnose(
    config: Config,
    release: Release,
    own: Release,
    found: Iterable[Finding],
    environ: Mapping[str, str],
) -> Diagnosis:
    """Return what was found in a config on a release, at its lines; never a secret of it.

    `own` is the release that it seems written for.
    """
    secrets = showing.secrets_of(config.data, environ)
    remark = partial(_remark, config, showing.Mask(config.lines, config.root, secrets))
    remarks = sorted(map(remark, found), key=order)
    return Diagnosis(config.file, config.name, str(own), str(release), tuple(remarks), config)


def order(remark: Remark) -> tuple[Any, ...]:
    """Return the place of a finding in the list: what stops a start first comes first."""
    finding = remark.finding
    stops = (0, finding.stops) if finding.stops is not None else (1, 0)
    return stops, _LEVELS.index(finding.level), remark.line, remark.column, finding.id


def _remark(config: Config, mask: showing.Mask, finding: Finding) -> Remark:
    shown, _ = nodes.nearest(config.root, finding.path)
    line, column = config.place(shown.start)
    text = mask.line(shown.start[0])
    single = shown.end[0] == shown.start[0]
    width = shown.end[1] - shown.start[1] if single else len(text) - shown.start[1]
    return Remark(
        _without_secrets(finding, mask.known),
        fields.concealed(dotted(finding.path), mask.known),
        config.file,
        line,
        column,
        text,
        shown.start[1],
        max(1, min(width, len(text) - shown.start[1])),
    )


def _without_secrets(finding: Finding, secrets: Iterable[str]) -> Finding:
    known = list(secrets)
    return replace(
        finding,
        what=fields.concealed(finding.what, known),
        instead=fields.concealed(finding.instead, known),
    )


def unjudged(problems: Iterable[Problem]) -> list[Diagnosis]:
    """Return what could not be read, a diagnosis a file."""
    found: dict[str, list[Remark]] = {}
    for each in problems:
        shown = fields.concealed(each.shown).rstrip("\r\n")
        finding = _without_secrets(each.finding, ())
        place = min(each.column - 1, len(shown))
        remark = Remark(finding, "", each.file, each.line, each.column, shown, place)
        found.setdefault(each.file, []).append(remark)
    return [Diagnosis(file, "", None, None, tuple(remarks)) for file, remarks in found.items()]
